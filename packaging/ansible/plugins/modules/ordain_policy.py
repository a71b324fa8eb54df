#!/usr/bin/python
# SPDX-License-Identifier: GPL-2.0-only

from __future__ import absolute_import, division, print_function
__metaclass__ = type

DOCUMENTATION = r'''
---
module: ordain_policy
short_description: Policy files of ordain, in force
version_added: 0.1.0
description:
  - Writes or removes files in C(/etc/ordain), which say which BPF programs run on which network
    interface and in which order, and has C(ordain apply) put them in force.
  - All files of a task are one change. They are judged together before the first of them is
    written, by C(ordain check) and C(ordain plan), so files that bring an error or block a hook
    change nothing and fail the task with ordain's own message.
  - If the kernel refuses the change all the same, the files that were there before are put back and
    applied, and the task fails. A hook never loses its last good chain.
  - A hook that was blocked before and is not for these files' sake keeps nobody from the change,
    but fails the task after it.
options:
  name:
    description:
      - The name of the policy file, such as C(20-flow.yaml).
      - For several files in one change use I(files).
    type: str
  state:
    description: Whether the file shall be there.
    type: str
    choices: [absent, present]
    default: present
  content:
    description:
      - What the file shall hold. From a file on the controller with the lookups
        C(ansible.builtin.file) and C(ansible.builtin.template).
    type: str
  src:
    description: A file on the managed host that has the content.
    type: path
  files:
    description: Several files as one change.
    type: list
    elements: dict
    suboptions:
      name:
        description: The name of the policy file.
        type: str
        required: true
      state:
        description: Whether the file shall be there.
        type: str
        choices: [absent, present]
        default: present
      content:
        description: What the file shall hold.
        type: str
      src:
        description: A file on the managed host that has the content.
        type: path
  apply:
    description:
      - Whether the kernel shall match the policy when the task is done, also where no file had to
        be changed.
      - Otherwise the files are checked and written, and a running agent applies them by itself.
    type: bool
    default: true
  try_timeout:
    description:
      - With a number of seconds a new policy is on trial, by C(ordain try). Without
        C(ordain confirm) before they are over the host goes back by itself, whether anybody can
        reach it or not.
      - The role confirms it over a new connection; after the module it is for a task of your own.
      - With 0 a new policy stays. What puts back only what the kernel has lost is never a trial.
    type: int
    default: 0
  root:
    description: The directory below which the policy and ordain's state are, if not C(/).
    type: path
  bpffs:
    description: The BPF file system, if not C(/sys/fs/bpf).
    type: path
  executable:
    description: The program, by its path or by its name in C(PATH).
    type: path
    default: ordain
notes:
  - While several files are written a running agent is paused, unless it was already, so that it
    never sees half of them. The pause ends with the task, and after ten minutes in any case.
  - While something is on trial, and where the files say what was taken back, a change fails before
    anything is written.
  - In check mode on a host where ordain is not installed yet, only the files are predicted.
attributes:
  check_mode:
    description: Predicts exactly what a run does, with the plan, and changes nothing.
    support: full
  diff_mode:
    description: Shows the files, and what C(ordain plan) says of the hooks.
    support: full
author:
  - The ordain authors (!UNKNOWN) <ordain@example.org>
'''

EXAMPLES = r'''
- name: The monitor runs first on all uplinks
  ordain.ordain.ordain_policy:
    name: 20-flow.yaml
    content: |
      ordain: 1
      programs:
        flowmon:
          hook: xdp
          interfaces: ["ens*f0"]
          object: /usr/lib/bpf/flowmon.bpf.o
          readonly: true
          first: true

- name: The file from beside the playbook
  ordain.ordain.ordain_policy:
    name: 20-flow.yaml
    content: "{{ lookup('ansible.builtin.file', '20-flow.yaml', rstrip=false) }}"

- name: Several files, one change
  ordain.ordain.ordain_policy:
    files:
      - name: 20-flow.yaml
        state: absent
      - name: 30-edge.yaml
        content: "{{ lookup('ansible.builtin.template', '30-edge.yaml.j2') }}"
      - name: 90-host.yaml
        src: /srv/inventory/90-host.yaml

- name: A policy that may cut the host off
  ordain.ordain.ordain_policy:
    name: 30-edge.yaml
    src: /srv/inventory/30-edge.yaml
    try_timeout: 120
  register: edge

- name: It did not
  when: edge.trial is not none
  block:
    - name: Only a new connection shows it
      ansible.builtin.wait_for_connection:

    - name: Keep it
      ansible.builtin.command: ordain confirm
      changed_when: false
'''

RETURN = r'''
files:
  description: The names of the files that were written or removed, or would be.
  returned: always
  type: list
  elements: str
  sample: [20-flow.yaml]
digest:
  description: The policy's digest, the same on every host that has the same files and objects.
  returned: when I(apply) is true and ordain is installed
  type: str
  sample: 3f9a1c2d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f809
plan:
  description: What C(ordain plan -o json) says before the change.
  returned: when I(apply) is true and ordain is installed
  type: dict
  sample: {"changes": 1, "chains": [{"interface": "eth0", "hook": "xdp", "action": "update"}]}
status:
  description: What C(ordain status -o json) says after the change.
  returned: when I(apply) is true, and not in check mode
  type: dict
  sample: {"generation": 42, "in_sync": true}
trial:
  description: What is on trial after the change; null if nothing is, and in check mode.
  returned: always
  type: dict
  sample: {"generation": 42, "back": 41, "until": "2026-01-31T12:02:00Z"}
  contains:
    generation:
      description: What goes away without C(ordain confirm).
      type: int
    back:
      description: What comes back then; null if there was no policy.
      type: int
    until:
      description: When.
      type: str
'''

import json
import os
import tempfile

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.text.converters import to_bytes, to_native


class Failure(Exception):
    """A message for whoever runs the playbook."""


class Entry(object):
    """What is at a path, without following it: a file, a symbolic link, or nothing."""

    def __init__(self, data=None, link=None, proper=True):
        self.data = data
        self.link = link
        self.proper = proper  # root's, 0644

    def same_as(self, other):
        return (self.data, self.link) == (other.data, other.link) and self.proper

    def shown(self):
        if self.link is not None:
            return 'symbolic link to {0}\n'.format(self.link)
        return to_native(self.data or b'', errors='surrogate_or_strict')


def read_entry(path):
    if os.path.islink(path):
        return Entry(link=os.readlink(path))
    if not os.path.lexists(path):
        return Entry()
    if not os.path.isfile(path):
        raise Failure('{0} is no regular file'.format(path))
    status = os.stat(path)
    with open(path, 'rb') as stream:
        return Entry(stream.read(), None,
                     (status.st_uid, status.st_gid, status.st_mode & 0o7777) == (0, 0, 0o644))


def write_file(path, data):
    """Owner and mode before the content: nobody else has it open when it gets that."""
    with open(path, 'wb') as stream:
        os.fchown(stream.fileno(), 0, 0)
        os.fchmod(stream.fileno(), 0o644)
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


class Policy(object):
    """The policy directory of one host, and the files of it that shall change."""

    def __init__(self, module):
        self.module = module
        root = module.params['root'] or '/'
        self.directory = os.path.join(root, 'etc/ordain')
        self.executable = module.get_bin_path(module.params['executable'])
        self.options = []
        for option in ('root', 'bpffs'):
            if module.params[option]:
                self.options += ['--' + option, module.params[option]]
        self.scratch = tempfile.mkdtemp(prefix='ordain-', dir=module.tmpdir)
        self.before = {}
        self.after = {}
        self.candidates = []
        for wanted in self.wanted():
            self.compare(wanted)

    # What is asked for.

    def wanted(self):
        params = self.module.params
        if params['files'] is None:
            return [params]
        names = [wanted['name'] for wanted in params['files']]
        twice = sorted(set(name for name in names if names.count(name) > 1))
        if twice:
            raise Failure('several files are named {0}'.format(', '.join(twice)))
        return params['files']

    def compare(self, wanted):
        name = wanted['name']
        if not name.endswith('.yaml') or name.startswith('.') or '/' in name:
            raise Failure("'{0}' cannot be the name of a policy file: it must end in '.yaml', "
                          "start without a dot and hold no slash".format(name))
        before = read_entry(self.path(name))
        after = self.wanted_entry(wanted)
        if before.same_as(after):
            return
        self.before[name] = before
        self.after[name] = after
        if after.data is None:
            self.candidates.append('--without={0}'.format(name))
        else:
            candidate = os.path.join(self.scratch, name)
            write_file(candidate, after.data)
            self.candidates.append('--as={0}={1}'.format(name, candidate))

    @staticmethod
    def wanted_entry(wanted):
        given = wanted['content'] is not None or wanted['src'] is not None
        if wanted['state'] == 'absent':
            if given:
                raise Failure('{0}: state=absent takes no content or src'.format(wanted['name']))
            return Entry()
        if not given:
            raise Failure('{0}: content or src is missing'.format(wanted['name']))
        if wanted['content'] is not None:
            return Entry(to_bytes(wanted['content']))
        with open(wanted['src'], 'rb') as stream:
            return Entry(stream.read())

    def path(self, name):
        return os.path.join(self.directory, name)

    # What ordain says.

    def run(self, command, *arguments):
        line = [self.executable] + self.options + [command] + list(arguments)
        status, out, err = self.module.run_command(line)
        # It names the files that it was given; they are to be known by where they will be.
        return (status, out.replace(self.scratch, self.directory),
                err.replace(self.scratch, self.directory))

    def ask(self, command, *arguments):
        return self.answer(command, self.run(command, '-o', 'json', *arguments))

    @staticmethod
    def answer(command, said):
        try:
            return json.loads(said[1])
        except ValueError:
            raise Failure('`ordain {0}` failed: {1}'.format(command, said[2].strip()))

    @staticmethod
    def problems(answer):
        """What is wrong, without the places: those of a candidate are not those of its file."""
        found = set(('error', diag['code'], diag['summary'])
                    for diag in answer['diagnostics'] if diag['severity'] == 'error')
        for chain in answer.get('chains', []):
            if chain.get('action') == 'blocked':
                found.add(('blocked', chain['interface'], chain['hook']))
        return found

    def judge(self, command):
        """What it says of the change; fails if that is worse than without."""
        answer = self.ask(command, *self.candidates)
        found = self.problems(answer)
        if not found:
            return answer
        held = command == 'plan' and not answer['policy']
        if held or (self.candidates and found - self.problems(self.ask(command))):
            raise Failure('{0}; nothing was changed:\n{1}'.format(
                'refused' if self.candidates else 'the policy is not in force',
                self.run(command, *self.candidates)[2].strip()))
        return answer

    # The change.

    def put(self, entries):
        if not os.path.isdir(self.directory):
            os.makedirs(self.directory, 0o755)
        for name in sorted(entries):
            entry = entries[name]
            path = self.path(name)
            # Nobody takes notice of a file with a dot in front.
            temporary = self.path('.{0}.ansible'.format(name))
            if os.path.lexists(temporary):
                os.unlink(temporary)
            if entry.link is not None:
                os.symlink(entry.link, temporary)
            elif entry.data is not None:
                write_file(temporary, entry.data)
                context = self.module.selinux_default_context(path)
                self.module.set_context_if_different(temporary, context, False)
            if os.path.lexists(temporary):
                os.rename(temporary, path)
            elif os.path.lexists(path):
                os.unlink(path)

    def write(self):
        try:
            self.put(self.after)
        except EnvironmentError:
            self.put(self.before)
            raise

    def command(self, plan):
        """`try` puts only a new policy on trial, and repairs nothing."""
        timeout = self.module.params['try_timeout']
        if timeout and plan['policy'] != plan['in_force']:
            return ['try', '--timeout', '{0}s'.format(timeout)]
        return ['apply']

    def change(self, plan):
        """Writes and applies; puts back what was there if that brings what the plan did not."""
        # `resume` would also end what the administrator ordered.
        pause = len(self.after) > 1 and not plan['paused']
        if pause:
            self.run('pause', '--for', '10m', 'Ansible writes policy files')
        try:
            self.write()
            command = self.command(plan)
            said = self.run(*command + ['-o', 'json'])
            failed = said[0] and (not said[1] or self.problems(self.answer(command[0], said)) -
                                  self.problems(plan))
            if failed:
                reason = self.run('plan')[2].strip() or said[2].strip()
                self.put(self.before)
                # `apply` would wait for the end of a trial.
                self.run('undo' if self.ask('status')['trial'] else 'apply')
                raise Failure('could not be applied; {0}:\n{1}'.format(
                    'the previous files were put back, and the last good chains run'
                    if self.after else 'the last good chains run', reason))
        finally:
            if pause:
                self.run('resume')

    def diff(self):
        return [{'before_header': self.path(name), 'after_header': self.path(name),
                 'before': self.before[name].shown(), 'after': self.after[name].shown()}
                for name in sorted(self.after)]

    def bring_about(self, result):
        """Fills in the result, also of a failure."""
        module = self.module
        result.update(files=sorted(self.after), trial=None)
        if not self.executable:
            self.predict_files(result)
            return
        if self.candidates:
            self.judge('check')
        if not module.params['apply']:
            if not module.check_mode:
                self.write()
            self.show(result, bool(self.after))
            return

        plan = self.judge('plan')
        result.update(plan=plan, digest=plan['policy'])
        different = self.after or plan['changes'] or plan['policy'] != plan['in_force']
        prepared = self.run('plan', *self.candidates)
        if plan['detached']:
            raise Failure('everything was detached by hand and stays so until `ordain resume`; '
                          'nothing was changed')
        if different and (plan['trial'] or plan['taken_back']):
            # It says `ordain confirm` or `ordain undo`, or what to do about what was taken back.
            raise Failure('nothing was changed:\n{0}'.format(prepared[2].strip()))
        if different and not module.check_mode:
            self.change(plan)
        if not module.check_mode:
            result['status'] = self.ask('status')
            result['trial'] = self.trial(result['status'])
        self.show(result, bool(different), prepared[1])
        problems = self.problems(plan)
        if problems:
            hooks = ['{1} {2} is blocked'.format(*problem)
                     for problem in sorted(problems) if problem[0] == 'blocked']
            raise Failure('{0}, as before this change:\n{1}'.format(
                ', '.join(hooks) or 'there are errors', prepared[2].strip()))

    @staticmethod
    def trial(answer):
        trial = answer['trial']
        return trial and dict((key, trial[key]) for key in ('generation', 'back', 'until'))

    def predict_files(self, result):
        if not self.module.check_mode:
            raise Failure("there is no program '{0}': is ordain installed?".format(
                self.module.params['executable']))
        self.module.warn('ordain is not installed here yet: only the files are predicted')
        self.show(result, bool(self.after))

    def show(self, result, changed, prepared=None):
        result['changed'] = changed
        if self.module._diff and changed:
            result['diff'] = self.diff()
            if prepared:
                result['diff'].append({'prepared': prepared})


def file_options(name_required):
    return {
        'name': {'type': 'str', 'required': name_required},
        'state': {'type': 'str', 'choices': ['absent', 'present'], 'default': 'present'},
        'content': {'type': 'str'},
        'src': {'type': 'path'},
    }


def check_timeout(params):
    if params['try_timeout'] < 0:
        raise Failure('try_timeout is a number of seconds')
    if params['try_timeout'] and not params['apply']:
        raise Failure('try_timeout: what a running agent applies by itself is not on trial; '
                      'it needs apply=true')


def main():
    module = AnsibleModule(
        argument_spec=dict(
            file_options(False),
            files={'type': 'list', 'elements': 'dict', 'options': file_options(True),
                   'mutually_exclusive': [('content', 'src')]},
            apply={'type': 'bool', 'default': True},
            try_timeout={'type': 'int', 'default': 0},
            root={'type': 'path'},
            bpffs={'type': 'path'},
            executable={'type': 'path', 'default': 'ordain'},
        ),
        mutually_exclusive=[('name', 'files'), ('content', 'src'), ('files', 'content'),
                            ('files', 'src')],
        required_one_of=[('name', 'files')],
        supports_check_mode=True,
    )
    result = {'changed': False}
    try:
        check_timeout(module.params)
        Policy(module).bring_about(result)
    except (Failure, EnvironmentError) as failure:
        module.fail_json(msg=to_native(failure), **result)
    module.exit_json(**result)


if __name__ == '__main__':
    main()
