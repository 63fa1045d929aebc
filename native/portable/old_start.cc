/**
 * The start of prebuilt executables: glibc 2.34 has a new version of what crt1.o calls, which runs the constructors by
 * itself. The former one, which newer ones have as well, runs those that it is given. Linked with --wrap.
 */
#if defined(__x86_64__)
__asm__(".symver former_libc_start_main,__libc_start_main@GLIBC_2.2.5");
#else
__asm__(".symver former_libc_start_main,__libc_start_main@GLIBC_2.17");
#endif

extern "C" {

using Main = int (*)(int, char**, char**);
using Constructor = void (*)(int, char**, char**);

int former_libc_start_main(Main, int, char**, Constructor, void (*)(), void (*)(), void*);

// Of the linker.
extern Constructor __init_array_start[] __attribute__((visibility("hidden")));
extern Constructor __init_array_end[] __attribute__((visibility("hidden")));

static void run_constructors(int count, char** words, char** environment) {
  for (Constructor* each = __init_array_start; each != __init_array_end; each++) {
    (*each)(count, words, environment);
  }
}

int __wrap___libc_start_main(Main main, int count, char** words, Constructor, void (*)(), void (*end)(), void* stack) {
  return former_libc_start_main(main, count, words, run_constructors, nullptr, end, stack);
}
}
