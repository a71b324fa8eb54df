#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The collection against four hosts: this machine, and three more.

usage: rollout.py SOURCE-DIRECTORY BUILD-DIRECTORY

Each host is a network namespace with a policy, a state and a BPF file system of its own, at the
end of a cable from a namespace that sends packets. web1 has an agent running, the others have none.
What is written in each packet is the order of the programs that it met: 'ab' met alpha, then beta.
"""
import atexit
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HOSTS = ['localhost', 'web1', 'web2', 'web3']
SOURCE, BUILD = sys.argv[1:3]
HERE = os.path.join(SOURCE, 'tests/ansible')


def skip(reason):
    print('SKIP: ' + reason)
    sys.exit(77)


def must(*command, **more):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, universal_newlines=True,
                          **more).stdout


def eventually(what, true):
    for _ in range(100):
        if true():
            return
        time.sleep(0.1)
    raise AssertionError('not so after 10 s: ' + what)


class Host:
    """One host: its namespace, its tree, and what ordain says there."""

    def __init__(self, stage, name):
        self.stage = stage
        self.name = name
        self.namespace = '%s-%s' % (stage.prefix, name)
        self.root = os.path.join(stage.directory, name)
        self.bpffs = os.path.join(self.root, 'bpffs')
        self.ordain = os.path.join(self.root, 'ordain')
        self.processes = []
        for directory in ('etc/ordain', 'lib', 'bpffs'):
            os.makedirs(os.path.join(self.root, directory))
        stage.add_namespace(self.namespace)
        must('ip', '-n', stage.far, 'link', 'add', name, 'type', 'veth', 'peer', 'name', 'eth0',
             'netns', self.namespace)
        must('ip', '-n', stage.far, 'link', 'set', name, 'up')
        must('ip', '-n', self.namespace, 'link', 'set', 'eth0', 'up')
        must('mount', '-t', 'bpf', 'bpf', self.bpffs)
        for program, stamp in ('alpha', 'a'), ('beta', 'b'), ('gamma', 'c'):
            shutil.copy(os.path.join(BUILD, 'bpf/stamp_%s.bpf.o' % stamp), self.object(program))
        self.script('python', 'exec %s /usr/bin/python3 "$@"' % ' '.join(self.there()))
        self.binary = os.path.join(BUILD, 'agent/ordain')
        self.use(self.binary)

    def there(self):
        return ['nsenter', '--net=/run/netns/' + self.namespace]

    def object(self, program):
        return os.path.join(self.root, 'lib', program + '.bpf.o')

    def script(self, name, line):
        path = os.path.join(self.root, name)
        with open(path, 'w') as stream:
            stream.write('#!/bin/sh\n%s\n' % line)
        os.chmod(path, 0o755)

    def use(self, ordain, before=''):
        """What Ansible runs there as ordain; `before` is shell."""
        self.script('ordain', before + '\nexec %s "$@"' % ordain)

    def variables(self):
        return {
            'ansible_connection': 'local',
            'ansible_python_interpreter': os.path.join(self.root, 'python'),
            'ansible_remote_tmp': os.path.join(self.root, 'tmp'),
            'ordain_root': self.root,
            'ordain_bpffs': self.bpffs,
            'ordain_executable': self.ordain,
        }

    def command(self, *words):
        return self.there() + [self.binary, '--root', self.root,
                               '--bpffs', self.bpffs] + list(words)

    def say(self, *words):
        return subprocess.run(self.command(*words), stdout=subprocess.PIPE,
                              universal_newlines=True).stdout

    def status(self):
        return json.loads(self.say('status', '-o', 'json'))

    def file(self, name):
        return os.path.join(self.root, 'etc/ordain', name)

    def files(self):
        found = {}
        for name in sorted(os.listdir(self.file(''))):
            with open(self.file(name)) as stream:
                found[name] = stream.read()
        return found

    def start(self, command, output):
        with open(os.path.join(self.root, output), 'w') as stream:
            process = subprocess.Popen(command, stdout=stream, stderr=stream)
        self.stage.processes.append(process)
        return process

    def read(self, output):
        with open(os.path.join(self.root, output)) as stream:
            return stream.read()

    # Packets.

    def start_receiver(self):
        traffic = os.path.join(BUILD, 'examples/ordain-traffic')
        self.receiver = self.start(self.there() + [traffic, 'receive', 'eth0'], 'received')
        eventually('somebody receives', lambda: ' 88b5 ' in must(
            *self.there(), 'cat', '/proc/net/packet'))

    def start_sender(self, count, rate):
        traffic = os.path.join(BUILD, 'examples/ordain-traffic')
        self.sender = self.start(['nsenter', '--net=/run/netns/' + self.stage.far, traffic, 'send',
                                  self.name, str(count), '--rate', str(rate)], 'sent')

    def traces(self):
        """The traces that arrived since, none lost."""
        time.sleep(0.2)
        self.receiver.send_signal(signal.SIGTERM)
        assert self.receiver.wait() == 0
        said = self.read('received')
        assert ' 0 lost, 0 twice' in said, said
        return sorted(line.split("'")[1] for line in said.splitlines() if line.startswith('trace'))

    def met(self):
        self.start_receiver()
        self.start_sender(200, 10000)
        assert self.sender.wait() == 0
        return self.traces()


class Stage:
    """Everything that has to go when the test ends."""

    def __init__(self):
        self.prefix = 'ordain-ansible-%d' % os.getpid()
        self.far = self.prefix + '-far'
        self.directory = tempfile.mkdtemp(prefix='ordain-ansible.')
        os.chmod(self.directory, 0o755)
        self.namespaces = []
        self.processes = []
        self.hosts = {}
        atexit.register(self.clean_up)
        self.add_namespace(self.far)
        for name in HOSTS:
            self.hosts[name] = Host(self, name)
        self.write_controller()

    def add_namespace(self, name):
        must('ip', 'netns', 'add', name)
        self.namespaces.append(name)
        # Neighbour discovery would be counted too.
        subprocess.run(['nsenter', '--net=/run/netns/' + name, 'sysctl', '-q',
                        'net.ipv6.conf.default.disable_ipv6=1'], stderr=subprocess.DEVNULL)

    def clean_up(self):
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
                process.wait()
        for name in self.namespaces:
            subprocess.run(['ip', 'netns', 'del', name])
        for host in self.hosts.values():
            subprocess.run(['umount', host.bpffs])
        shutil.rmtree(self.directory)

    # The controller.

    def write_controller(self):
        self.controller = os.path.join(self.directory, 'controller')
        place = os.path.join(self.controller, 'collections/ansible_collections/ordain')
        os.makedirs(place)
        shutil.copytree(os.path.join(SOURCE, 'packaging/ansible'), os.path.join(place, 'ordain'))
        for name in os.listdir(HERE):
            if name.endswith('.yml'):
                shutil.copy(os.path.join(HERE, name), self.controller)
        self.give('ansible.cfg', '[defaults]\n')  # not this machine's
        os.makedirs(os.path.join(self.controller, 'files'))
        os.makedirs(os.path.join(self.controller, 'templates'))
        inventory = {'all': {'hosts': {name: host.variables()
                                       for name, host in self.hosts.items()}}}
        with open(os.path.join(self.controller, 'inventory.json'), 'w') as stream:
            json.dump(inventory, stream)

    def give(self, name, text):
        with open(os.path.join(self.controller, name), 'w') as stream:
            stream.write(text)

    def play(self, playbook, variables, *options):
        """Runs a playbook; gives what each host's tasks said."""
        results = tempfile.mkdtemp(dir=self.directory)
        environment = dict(os.environ, ANSIBLE_CALLBACKS_ENABLED='tree', ANSIBLE_PIPELINING='1',
                           ANSIBLE_CALLBACK_TREE_DIR=results, ANSIBLE_FORKS='4',
                           ANSIBLE_NOCOLOR='1', ANSIBLE_LOCALHOST_WARNING='0', LC_ALL='C.UTF-8',
                           ANSIBLE_HOME=os.path.join(self.controller, 'home'),
                           ANSIBLE_COLLECTIONS_PATH=os.path.join(self.controller, 'collections'))
        # Without -vvv there would be no diffs in the results.
        done = subprocess.run(['ansible-playbook', '-vvv', '-i', 'inventory.json', playbook, '-e',
                               json.dumps(variables)] + list(options), cwd=self.controller,
                              env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              universal_newlines=True)
        return Run(done.stdout, results)


class Run:
    """What a run of a playbook said, by host."""

    def __init__(self, text, results):
        self.text = text
        self.stats = {}
        for line in text.split('PLAY RECAP')[-1].strip().splitlines()[1:]:
            host, _, numbers = line.partition(':')
            self.stats[host.strip()] = dict(number.split('=') for number in numbers.split())
        self.last = {}
        for host in os.listdir(results):
            with open(os.path.join(results, host)) as stream:
                self.last[host] = json.load(stream)

    def policy(self, host):
        """What its last task said that was not skipped."""
        assert host in self.last, self.text
        return self.last[host]

    def with_number(self, name):
        return sorted(host for host, numbers in self.stats.items() if numbers.get(name, '0') != '0')

    def changed(self):
        return self.with_number('changed')

    def failed(self):
        return self.with_number('failed')

    def only(self, changed=(), failed=()):
        """Nobody else changed, or failed."""
        assert self.stats and not self.with_number('unreachable'), self.text
        assert self.changed() == sorted(changed) and self.failed() == sorted(failed), self.text
        return self


def same(a, b, *keys):
    for key in keys:
        assert a.get(key) == b.get(key), '%s: %s, and then %s' % (key, a.get(key), b.get(key))


def policy_text(where, programs):
    """A policy file; ROOT is the host's root."""
    lines = ['ordain: 1', 'programs:']
    for name, more in programs:
        lines.append('  %s: {hook: xdp, interfaces: [eth0], object: %s/lib/%s.bpf.o%s}' % (
            name, where, name, more))
    return '\n'.join(lines) + '\n'


TEMPLATED = '{{ ordain_root }}'


class Story:
    """The tests, in the order of a fleet's life. Each begins where the one before ended."""

    def __init__(self):
        self.stage = Stage()
        self.hosts = self.stage.hosts
        self.digests = {}

    def everyone(self, take):
        return {name: take(host) for name, host in self.hosts.items()}

    def predicted(self, playbook, variables, hosts=HOSTS):
        """Check mode, then a run: the first changes nothing, and says what the second does."""
        limit = '--limit=' + ','.join(hosts)
        files = self.everyone(Host.files)
        generations = self.everyone(lambda host: host.status()['generation'])
        foreseen = self.stage.play(playbook, variables, '--check', '--diff', limit)
        assert self.everyone(Host.files) == files
        assert self.everyone(lambda host: host.status()['generation']) == generations
        run = self.stage.play(playbook, variables, '--diff', limit)
        run.only(foreseen.changed(), foreseen.failed())
        for host in hosts:
            same(foreseen.policy(host), run.policy(host), 'changed', 'failed', 'msg', 'files',
                 'digest', 'plan', 'diff')
        return run

    def in_sync(self):
        for name, host in self.hosts.items():
            assert host.status()['in_sync'], name

    def log_commands(self, name):
        """Gives a function that says which commands changed something on that host since."""
        host = self.hosts[name]
        log = os.path.join(host.root, 'commands')
        open(log, 'w').close()
        host.use(host.binary, 'echo "$*" >>%s' % log)

        def commands():
            host.use(host.binary)
            with open(log) as stream:
                words = [word for line in stream for word in line.split()]
            return [word for word in words if word in (
                'pause', 'apply', 'try', 'confirm', 'undo', 'resume')]
        return commands

    def an_agent_runs_on_one_of_them(self):
        web1 = self.hosts['web1']
        web1.start(web1.command('agent'), 'agent.log')
        eventually('the agent runs', lambda: web1.status()['agent_pid'])

    def first(self):
        self.stage.give('templates/10-alpha.yaml.j2', policy_text(TEMPLATED, [('alpha', '')]))
        self.variables = {'ordain_files': [
            {'name': '10-alpha.yaml', 'template': '10-alpha.yaml.j2'},
            {'name': '20-beta.yaml', 'content': policy_text(TEMPLATED, [
                ('beta', ', after: [alpha]')])},
        ]}
        run = self.predicted('site.yml', self.variables).only(changed=HOSTS)
        for name, host in self.hosts.items():
            result = run.policy(name)
            assert result['files'] == ['10-alpha.yaml', '20-beta.yaml']
            assert result['status']['in_sync'] and result['plan']['changes'] == 1, result
            assert result['digest'] == result['status']['policy'] == host.status()['policy']
            assert [diff.get('after_header', 'plan') for diff in result['diff']] == [
                host.file('10-alpha.yaml'), host.file('20-beta.yaml'), 'plan']
            assert 'eth0 xdp: attach' in result['diff'][2]['prepared']
            assert host.root + '/lib/alpha' in host.files()['10-alpha.yaml']
            mode = os.stat(host.file('10-alpha.yaml'))
            assert (mode.st_uid, mode.st_mode & 0o777) == (0, 0o644)
            assert host.met() == ['ab'], name
        self.digests['first'] = self.everyone(lambda host: host.status()['policy'])

    def second(self):
        self.predicted('site.yml', self.variables).only()

    def what_others_undo_is_a_change(self):
        """Nothing about the files is new, but the chain is gone."""
        web3 = self.hosts['web3']
        web3.say('detach')
        run = self.stage.play('site.yml', self.variables).only(failed=['web3'])
        assert 'detached by hand' in run.policy('web3')['msg']
        web3.say('resume')
        self.predicted('site.yml', self.variables).only(changed=['web3'])
        assert web3.met() == ['ab']

    def several_files_are_one_change(self):
        """Under traffic, beside an agent: no packet meets one file without the other."""
        web1 = self.hosts['web1']
        generations = self.everyone(lambda host: host.status()['generation'])
        self.variables['ordain_files'][1:] = [
            {'name': '20-beta.yaml', 'content': policy_text(TEMPLATED, [
                ('beta', ', before: [alpha]')])},
            {'name': '30-gamma.yaml', 'content': policy_text(TEMPLATED, [
                ('gamma', ', after: [alpha]')])},
        ]
        log = self.log_commands('web2')
        web1.start_receiver()
        web1.start_sender(100000000, 10000)
        run = self.predicted('site.yml', self.variables).only(changed=HOSTS)
        web1.sender.send_signal(signal.SIGTERM)
        assert web1.sender.wait() == 0
        assert web1.traces() == ['ab', 'bac']
        assert log() == ['pause', 'apply', 'resume']
        for name, host in self.hosts.items():
            status = host.status()
            assert run.policy(name)['files'] == ['20-beta.yaml', '30-gamma.yaml']
            assert status['generation'] == generations[name] + 1, status
            assert status['in_sync'] and not status['paused'], status
            assert host.met() == ['bac']

    def a_typo_on_one_host(self):
        """That host fails with ordain's words and goes on as it was; the others change."""
        web2 = self.hosts['web2']
        before = web2.files()
        variables = {'ordain_files': [
            {'name': '10-alpha.yaml', 'content': policy_text(TEMPLATED, [('alpha', '')])},
            {'name': '30-gamma.yaml', 'content': policy_text(TEMPLATED, [
                ('gamma', ", {{ 'befor' if inventory_hostname == 'web2' else 'before' }}: [beta]")
            ])},
        ]}
        run = self.predicted('site.yml', variables).only(
            changed=[name for name in HOSTS if name != 'web2'], failed=['web2'])
        said = run.policy('web2')['msg']
        assert 'nothing was changed' in said and '/etc/ordain/30-gamma.yaml:3:' in said, said
        assert 'error[unknown-key]' in said and "did you mean 'before'?" in said, said
        assert web2.files() == before and web2.status()['in_sync']
        for name, host in self.hosts.items():
            assert host.met() == (['bac'] if name == 'web2' else ['cba']), name

    def a_canary_keeps_the_others_from_it(self):
        files = self.everyone(Host.files)
        variables = {'at_once': 1, 'may_fail': 0, 'ordain_files': [
            {'name': '30-gamma.yaml', 'content': 'ordain: 2\n'}]}
        run = self.stage.play('site.yml', variables).only(failed=['localhost'])
        assert list(run.stats) == ['localhost'], run.text
        assert self.everyone(Host.files) == files

    def what_the_kernel_refuses_is_put_back(self):
        """The plan was fine, and then it is not: here the object goes between the two."""
        web3 = self.hosts['web3']
        files = web3.files()
        gone = web3.object('gone')
        for command, timeout in ('apply', 0), ('try', 60):
            shutil.copy(web3.object('gamma'), gone)
            web3.use(web3.binary, 'case " $* " in *" %s "*) rm -f %s ;; esac' % (command, gone))
            run = self.stage.play('site.yml', {'ordain_try_timeout': timeout, 'ordain_files': [
                {'name': '30-gamma.yaml', 'state': 'absent'},
                {'name': '40-gone.yaml', 'content': policy_text(TEMPLATED, [('gone', '')])},
            ]}, '--limit=web3').only(failed=['web3'])
            web3.use(web3.binary)
            said = run.policy('web3')['msg']
            assert 'the previous files were put back' in said, said
            assert 'error[object-missing]' in said, said
            assert not run.policy('web3')['changed'] and not run.policy('web3')['trial']
            status = web3.status()
            assert web3.files() == files and not os.path.exists(gone)
            assert status['in_sync'] and not status['paused'] and not status['trial'], status
            assert web3.met() == ['cba']

    def what_was_wrong_before_keeps_nobody_from_a_change(self):
        web3 = self.hosts['web3']
        os.rename(web3.object('gamma'), web3.object('hidden'))
        run = self.predicted('one.yml', {'one_state': 'present', 'one': 'ordain: 1\n'}, ['web3'])
        run.only(failed=['web3'])
        assert run.policy('web3')['changed'], run.text
        assert 'eth0 xdp is blocked, as before this change' in run.policy('web3')['msg'], run.text
        assert '30-one.yaml' in web3.files() and web3.met() == ['cba']
        run = self.stage.play('one.yml', {'one_state': 'present', 'one': 'ordain: 1\n'},
                              '--limit=web3').only(failed=['web3'])
        assert not run.policy('web3')['changed'], run.text
        self.predicted('one.yml', {'one_state': 'absent'}, ['web3']).only(failed=['web3'])
        os.rename(web3.object('hidden'), web3.object('gamma'))

    def without_apply_the_agent_does_it(self):
        """Where none runs the next run with `apply` does, though the file is as it should be."""
        names = ['web1', 'web3']
        variables = {'one_state': 'present', 'one_src': TEMPLATED + '/extra.yaml'}
        for name in names:
            root = self.hosts[name].root
            with open(os.path.join(root, 'extra.yaml'), 'w') as stream:
                stream.write(policy_text(root, [('alpha', ', last: true')]).replace(
                    'alpha:', 'extra:'))
        self.predicted('one.yml', dict(variables, one_apply=False), names).only(changed=names)
        eventually('the agent applies', lambda: self.hosts['web1'].met() == ['cbaa'])
        assert self.hosts['web3'].met() == ['cba']
        self.predicted('one.yml', variables, names).only(changed=['web3'])
        assert self.hosts['web3'].met() == ['cbaa']
        self.predicted('one.yml', {'one_state': 'absent'}, names).only(changed=names)

    def a_trial_is_not_broken_off(self):
        """Nor is what was taken back applied again, in check mode as in a run."""
        web3 = self.hosts['web3']
        with open(web3.file('30-one.yaml'), 'w') as stream:
            stream.write('ordain: 1\n')
        web3.say('try', '--timeout', '60')
        files = web3.files()

        def refused(content, said):
            for options in ['--check'], []:
                run = self.stage.play('one.yml', {'one_state': 'present', 'one': content},
                                      '--limit=web3', *options).only(failed=['web3'])
                assert said in run.policy('web3')['msg'], run.text
                assert web3.files() == files

        refused('ordain: 1  # more\n', 'the files wait for `ordain confirm` or `ordain undo`')
        web3.say('undo')
        refused('ordain: 1\n', 'was taken back')
        os.unlink(web3.file('30-one.yaml'))

    def the_role_confirms_a_trial(self):
        """Beside an agent and without one; what was confirmed outlasts the timeout."""
        names = ['web1', 'web2']
        before = {name: self.hosts[name].met()[0] for name in names}
        last = policy_text(TEMPLATED, [('alpha', ', last: true')]).replace('alpha:', 'tried:')
        variables = {'ordain_try_timeout': 8, 'ordain_files': [
            {'name': '50-tried.yaml', 'content': last},
            {'name': '51-none.yaml', 'content': 'ordain: 1\n'},
        ]}
        limit = '--limit=' + ','.join(names)

        foreseen = self.stage.play('site.yml', variables, limit, '--check').only(changed=names)
        log = self.log_commands('web2')
        run = self.stage.play('site.yml', variables, limit).only(changed=names)
        over = time.time() + 8
        assert log() == ['pause', 'try', 'resume', 'confirm']
        for name in names:
            assert run.stats[name]['changed'] == foreseen.stats[name]['changed'], run.text
            assert 'Confirmed: generation' in run.policy(name)['stdout'], run.text
            assert not foreseen.policy(name)['trial'], foreseen.text
            assert not self.hosts[name].status()['trial']
        assert run.text.count('META: reset connection') == len(names), run.text
        assert 'reset connection' not in foreseen.text

        log = self.log_commands('web2')
        self.predicted('site.yml', variables, names).only()
        assert log() == []
        time.sleep(max(0, over + 2 - time.time()))
        for name in names:
            assert self.hosts[name].status()['in_sync']
            assert self.hosts[name].met() == [before[name] + 'a']
        for wanted in variables['ordain_files']:
            del wanted['content']
            wanted['state'] = 'absent'
        self.stage.play('site.yml', variables, limit).only(changed=names)
        for name in names:
            assert not self.hosts[name].status()['trial']
            assert self.hosts[name].met() == [before[name]]

    def what_nobody_confirms_goes_back(self):
        """The module does not; nor does the role where the new connection brings nothing."""
        web3 = self.hosts['web3']
        first = policy_text(TEMPLATED, [('alpha', ', first: true')]).replace('alpha:', 'tried:')
        variables = {'one_state': 'present', 'one': first, 'one_try_timeout': 3}
        back = web3.status()['generation']
        run = self.predicted('one.yml', variables, ['web3']).only(changed=['web3'])
        trial = run.policy('web3')['trial']
        assert (trial['generation'], trial['back']) == (back + 1, back), trial
        assert sorted(trial) == ['back', 'generation', 'until'], trial
        eventually('it goes back', lambda: web3.status()['taken_back'])
        assert web3.met() == ['cba']
        files = web3.files()
        run = self.predicted('one.yml', variables, ['web3']).only(failed=['web3'])
        assert 'was taken back' in run.policy('web3')['msg'], run.text
        assert web3.files() == files and web3.met() == ['cba']
        self.predicted('one.yml', {'one_state': 'absent'}, ['web3']).only(changed=['web3'])

        web3.use(web3.binary, 'case " $* " in *" confirm "*) exit 1 ;; esac')
        run = self.stage.play('site.yml', {'ordain_try_timeout': 3, 'ordain_files': [
            {'name': '30-one.yaml', 'content': first.replace('first', 'last')}]}, '--limit=web3')
        run.only(changed=['web3'], failed=['web3'])
        web3.use(web3.binary)
        eventually('it goes back', lambda: web3.status()['taken_back'])
        assert web3.met() == ['cba']
        self.predicted('one.yml', {'one_state': 'absent'}, ['web3']).only(changed=['web3'])

    def what_brings_nothing_new_is_no_trial(self):
        """A file's mode, soon after an edit that nobody tried; a chain that the kernel has lost."""
        web3 = self.hosts['web3']
        names = ['web3']
        variables = {'one_state': 'present', 'one': 'ordain: 1\n'}
        self.predicted('one.yml', variables, names).only(changed=names)
        variables['one_try_timeout'] = 60
        generation = web3.status()['generation']
        os.chmod(web3.file('30-one.yaml'), 0o600)
        run = self.predicted('one.yml', variables, names).only(changed=names)
        assert run.policy('web3')['trial'] is None, run.text
        web3.say('detach')
        web3.say('resume')
        assert web3.met() == ['']
        run = self.predicted('one.yml', variables, names).only(changed=names)
        assert run.policy('web3')['trial'] is None, run.text
        assert web3.met() == ['cba'] and web3.status()['generation'] == generation
        self.predicted('one.yml', {'one_state': 'absent'}, names).only(changed=names)

    def what_makes_no_sense_is_refused(self):
        """Words of the module's own, before ordain is asked."""
        content = 'ordain: 1\n'
        for files, said in [
                ([{'name': 'a.yml', 'content': content}], 'must end in'),
                ([{'name': 'a.yaml', 'content': content}] * 2, 'several files are named a.yaml'),
                ([{'name': 'a.yaml'}], 'content or src is missing')]:
            run = self.stage.play('site.yml', {'ordain_files': files}, '--limit=web3')
            run.only(failed=['web3'])
            assert said in run.policy('web3')['msg'], run.text
        for more, said in [({'one_apply': False, 'one_try_timeout': 60}, 'it needs apply=true'),
                           ({'one_try_timeout': -1}, 'is a number of seconds')]:
            run = self.stage.play('one.yml', dict(more, one_state='absent'), '--limit=web3')
            run.only(failed=['web3'])
            assert said in run.policy('web3')['msg'], run.text

    def copy_and_a_handler(self):
        """What the module does, from parts that every Ansible has."""
        web3 = self.hosts['web3']
        before = web3.files()
        good = policy_text(TEMPLATED, [('alpha', '')]).replace('alpha:', 'copied:')
        run = self.stage.play('copy.yml', {'copied': good.replace('hook', 'hok')}, '--limit=web3')
        run.only(failed=['web3'])
        assert 'error[unknown-key]' in json.dumps(run.policy('web3')), run.text
        assert web3.files() == before
        run = self.stage.play('copy.yml', {'copied': good}, '--limit=web3').only(changed=['web3'])
        assert 'Applied as generation' in run.policy('web3')['stdout'], run.text
        assert web3.met() == ['acba']
        self.stage.play('copy.yml', {'copied': good}, '--limit=web3').only()
        os.unlink(web3.file('20-copied.yaml'))

    def rollback_is_the_previous_files(self):
        """On web2 somebody ordered a pause meanwhile: it stays."""
        web2 = self.hosts['web2']
        web2.say('pause', 'disk swap')
        self.variables['ordain_files'][1:] = [
            {'name': '20-beta.yaml', 'content': policy_text(TEMPLATED, [
                ('beta', ', after: [alpha]')])},
            {'name': '30-gamma.yaml', 'state': 'absent'},
        ]
        self.predicted('site.yml', self.variables).only(changed=HOSTS)
        assert web2.status()['pause_reason'] == 'disk swap'
        web2.say('resume')
        for name, host in self.hosts.items():
            status = host.status()
            assert status['in_sync'] and not status['paused'], status
            assert status['policy'] == self.digests['first'][name]
            assert host.met() == ['ab'], name

    def nothing_is_left(self):
        for wanted in self.variables['ordain_files']:
            wanted.pop('content', None)
            wanted.pop('template', None)
            wanted['state'] = 'absent'
        self.predicted('site.yml', self.variables).only(changed=HOSTS)
        for host in self.hosts.values():
            assert host.met() == [''] and host.files() == {}


def main():
    if os.geteuid():
        skip('needs root')
    for tool in 'ansible-playbook', 'ip', 'nsenter':
        if not shutil.which(tool):
            skip('%s is not installed' % tool)
    os.umask(0o022)
    story = Story()
    for name in sys.argv[3:] or STEPS:
        began = time.time()
        getattr(story, name)()
        print('%5.1f s  %s' % (time.time() - began, name.replace('_', ' ')), flush=True)


STEPS = [
    'an_agent_runs_on_one_of_them',
    'first',
    'second',
    'what_others_undo_is_a_change',
    'several_files_are_one_change',
    'a_typo_on_one_host',
    'a_canary_keeps_the_others_from_it',
    'what_the_kernel_refuses_is_put_back',
    'what_was_wrong_before_keeps_nobody_from_a_change',
    'without_apply_the_agent_does_it',
    'a_trial_is_not_broken_off',
    'the_role_confirms_a_trial',
    'what_nobody_confirms_goes_back',
    'what_brings_nothing_new_is_no_trial',
    'what_makes_no_sense_is_refused',
    'copy_and_a_handler',
    'rollback_is_the_previous_files',
    'nothing_is_left',
]

if __name__ == '__main__':
    main()
