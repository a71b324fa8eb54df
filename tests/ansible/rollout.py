#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The collection against four hosts: this machine, and three more.

usage: rollout.py SOURCE-DIRECTORY BUILD-DIRECTORY

Of the hosts (fleet.py) web1 has an agent running, the others have none.
What is written in each packet is the order of the programs that it met: 'ab' met alpha, then beta.
"""
import json
import os
import shutil
import signal
import sys
import time

from fleet import HOSTS, Host, Stage, eventually


def skip(reason):
    print('SKIP: ' + reason)
    sys.exit(77)


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
        self.stage = Stage(*sys.argv[1:3])
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
