# SPDX-License-Identifier: GPL-2.0-only
"""Four hosts and their controller: this machine, and three more.

Each host is a network namespace with a policy, a state and a BPF file system of its own, at the
end of a cable from a namespace that sends packets.
"""
import atexit
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time

HOSTS = ['localhost', 'web1', 'web2', 'web3']


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
            shutil.copy(stage.built('bpf/stamp_%s.bpf.o' % stamp), self.object(program))
        self.script('python', 'exec %s /usr/bin/python3 "$@"' % ' '.join(self.there()))
        self.binary = stage.built('agent/ordain')
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
        traffic = self.stage.built('examples/ordain-traffic')
        self.receiver = self.start(self.there() + [traffic, 'receive', 'eth0'], 'received')
        eventually('somebody receives', lambda: ' 88b5 ' in must(
            *self.there(), 'cat', '/proc/net/packet'))

    def start_sender(self, count, rate):
        traffic = self.stage.built('examples/ordain-traffic')
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

    def __init__(self, source, build):
        self.source = source
        self.build = build
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

    def built(self, name):
        return os.path.join(self.build, name)

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
        shutil.copytree(os.path.join(self.source, 'packaging/ansible'),
                        os.path.join(place, 'ordain'))
        playbooks = os.path.join(self.source, 'tests/ansible')
        for name in os.listdir(playbooks):
            if name.endswith('.yml'):
                shutil.copy(os.path.join(playbooks, name), self.controller)
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
