{
  'variables': {
    'bench%': 0,
    # Binaries that others get (scripts/prebuild.mjs): for every glibc that Node itself is for, see native/portable.
    'portable%': 0,
    'own_cflags': [
      '-std=c++20', '-fvisibility=hidden', '-fPIC', '-Wall', '-Wextra', '-Wconversion',
      # A warning stops the build of a checkout, but not an installation: the compiler there may know further warnings.
      "<!(test -e .git && echo -Werror || echo -Wno-error)",
      # GCC 12 and 13 see an overlap in "literal" + std::string (their bug 105651); goes with the last of them.
      '-Wno-restrict',
    ],
  },
  'target_defaults': {
    'conditions': [
      ['portable==1', {'cflags_cc': ['-include', '<(module_root_dir)/native/portable/old_glibc.h']}],
    ],
  },
  'targets': [
    {
      # Plain C++ without Node: also what test programs link against.
      'target_name': 'reuseport_core',
      'type': 'static_library',
      'sources': [
        'native/core/accept_all.cc',
        'native/core/accept_meter.cc',
        'native/core/accept_queue.cc',
        'native/core/accounts.cc',
        'native/core/address.cc',
        'native/core/affinity.cc',
        'native/core/bpf_attach.cc',
        'native/core/bpf_call.cc',
        'native/core/bpf_map.cc',
        'native/core/bpf_pin.cc',
        'native/core/bpf_program.cc',
        'native/core/child_processes.cc',
        'native/core/descriptor.cc',
        'native/core/graft.cc',
        'native/core/listener_info.cc',
        'native/core/local_socket.cc',
        'native/core/loop_probe.cc',
        'native/core/loop_probe_hook.cc',
        'native/core/loop_probe_import.cc',
        'native/core/message.cc',
        'native/core/process_handle.cc',
        'native/core/proc_numbers.cc',
        'native/core/process_image.cc',
        'native/core/queue_alarm.cc',
        'native/core/quiet_thread.cc',
        'native/core/send_queue.cc',
        'native/core/shared_memory.cc',
        'native/core/sock_diag.cc',
        'native/core/sock_diag_parse.cc',
        'native/core/stack_witness.cc',
        'native/core/sync_receive.cc',
        'native/core/tcp_listener.cc',
        'native/core/turn_ages.cc',
        'native/core/unix_address.cc',
        'native/core/unix_listener.cc',
        'native/core/v8_stack.cc',
        'native/core/watch.cc',
        'native/core/watch_row.cc',
        'native/core/watch_scan.cc',
        'native/core/watch_wake.cc',
      ],
      'include_dirs': ['native'],
      'cflags_cc': ['<@(own_cflags)', '-fno-exceptions'],
      'direct_dependent_settings': {'include_dirs': ['native']},
    },
    {
      'target_name': 'reuseport',
      'dependencies': [
        'reuseport_core',
        "<!(node -p \"require('node-addon-api').targets\"):node_addon_api_except",
      ],
      'sources': [
        'native/binding/accept_functions.cc',
        'native/binding/accept_meter.cc',
        'native/binding/account_functions.cc',
        'native/binding/addon.cc',
        'native/binding/arguments.cc',
        'native/binding/bpf_arguments.cc',
        'native/binding/bpf_map_functions.cc',
        'native/binding/bpf_program_functions.cc',
        'native/binding/channel.cc',
        'native/binding/channel_events.cc',
        'native/binding/descriptor_functions.cc',
        'native/binding/errors.cc',
        'native/binding/graft_functions.cc',
        'native/binding/listener_functions.cc',
        'native/binding/memory_functions.cc',
        'native/binding/memory_page.cc',
        'native/binding/poller.cc',
        'native/binding/probe_loop.cc',
        'native/binding/probe_prepare.cc',
        'native/binding/process_functions.cc',
        'native/binding/readable_watch.cc',
        'native/binding/self_functions.cc',
        'native/binding/stack_functions.cc',
        'native/binding/watch_events.cc',
        'native/binding/watch_functions.cc',
        'native/binding/watch_thread.cc',
      ],
      'defines': [
        'NAPI_VERSION=9',
        # Where worker.terminate() has struck nothing can be thrown into JavaScript: without this, the process aborts.
        'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS',
      ],
      'cflags_cc': [
        '<@(own_cflags)',
        # As system headers, theirs are not held to our warnings.
        '-isystem', "<!(node -p \"require('node-addon-api').include_dir\")",
        '-isystem', '<(node_root_dir)/include/node',
      ],
      # A thread that ends must not unload code that another thread still runs.
      'ldflags': ['-Wl,-z,nodelete'],
      'conditions': [['portable==1', {'sources': ['native/portable/old_libraries.cc']}]],
    },
    {
      # Starts workers as another user; lies beside the addon.
      'target_name': 'reuseport-run-as',
      'type': 'executable',
      'sources': ['native/launcher/run_as.cc'],
      'cflags_cc': ['<@(own_cflags)', '-fno-exceptions'],
      'ldflags': ['-static-libstdc++', '-static-libgcc'],
      'conditions': [
        ['portable==1', {
          'sources': ['native/portable/old_start.cc'],
          'ldflags': ['-Wl,--wrap=__libc_start_main'],
        }],
      ],
    },
    {
      # What process 1 of a container becomes when it has handed over; lies beside the addon.
      'target_name': 'reuseport-init',
      'type': 'executable',
      'sources': ['native/init/init.cc'],
      'cflags_cc': ['<@(own_cflags)', '-fno-exceptions'],
      'ldflags': ['-static-libstdc++', '-static-libgcc'],
      'conditions': [
        ['portable==1', {
          'sources': ['native/portable/old_start.cc'],
          'ldflags': ['-Wl,--wrap=__libc_start_main'],
        }],
      ],
    },
  ],
  'conditions': [
    # Executables of `npm run bench` alone: node-gyp configure -- -Dbench=1. An installed package compiles what it needs of them
    # by itself (bench/lab/tools.ts).
    ['bench==1', {
      'targets': [
        {
          'target_name': 'loadgen',
          'type': 'executable',
          'sources': [
            'bench/load/address.cpp',
            'bench/load/engine-requests.cpp',
            'bench/load/engine.cpp',
            'bench/load/histogram.cpp',
            'bench/load/main.cpp',
            'bench/load/options.cpp',
            'bench/load/report.cpp',
            'bench/load/response-parser.cpp',
            'bench/load/tally.cpp',
            'bench/load/target.cpp',
          ],
          'cflags_cc': ['<@(own_cflags)', '-O2', '-fexceptions'],
        },
        {
          'target_name': 'c-epoll-server',
          'type': 'executable',
          'sources': ['bench/rivals/c-epoll-server.cpp'],
          'cflags_cc': ['<@(own_cflags)', '-O2', '-fexceptions'],
        },
        {
          'target_name': 'delay-line',
          'type': 'executable',
          'sources': ['bench/network/delay-line.cpp', 'bench/load/histogram.cpp'],
          'cflags_cc': ['<@(own_cflags)', '-O2', '-fexceptions'],
        },
        {
          'target_name': 'defer-accept',
          'type': 'executable',
          'sources': ['bench/network/defer-accept.cpp'],
          'cflags_cc': ['<@(own_cflags)', '-O2', '-fexceptions'],
        },
      ],
    }],
  ],
}
