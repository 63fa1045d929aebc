/**
 * Included before everything else in prebuilt binaries (binding.gyp, portable=1), so that what is built on a newer
 * system loads wherever Node itself does: with glibc 2.28. It names the versions that these functions had before glibc
 * 2.32 to 2.34 gave them new ones, with the same behaviour, by moving them into one library. Which function is missing
 * here is told by `npm run prebuilds`, and by a test. Goes when Node needs glibc 2.34.
 */
#pragma once

#if defined(__x86_64__)
#define REUSEPORT_OLDEST_GLIBC "GLIBC_2.2.5"
#define REUSEPORT_GLIBC_OF(x64, others) x64
#elif defined(__aarch64__)
#define REUSEPORT_OLDEST_GLIBC "GLIBC_2.17"
#define REUSEPORT_GLIBC_OF(x64, others) others
#else
#error "prebuilt binaries are for x86-64 and arm64"
#endif

#define REUSEPORT_FROM_GLIBC(function, version) __asm__(".symver " #function "," #function "@" version)

REUSEPORT_FROM_GLIBC(dlclose, REUSEPORT_OLDEST_GLIBC);
REUSEPORT_FROM_GLIBC(dlinfo, REUSEPORT_GLIBC_OF("GLIBC_2.3.3", "GLIBC_2.17"));
REUSEPORT_FROM_GLIBC(dlopen, REUSEPORT_OLDEST_GLIBC);
REUSEPORT_FROM_GLIBC(dlsym, REUSEPORT_OLDEST_GLIBC);
REUSEPORT_FROM_GLIBC(pthread_create, REUSEPORT_OLDEST_GLIBC);
REUSEPORT_FROM_GLIBC(pthread_getcpuclockid, REUSEPORT_OLDEST_GLIBC);
REUSEPORT_FROM_GLIBC(pthread_join, REUSEPORT_OLDEST_GLIBC);
REUSEPORT_FROM_GLIBC(pthread_setname_np, REUSEPORT_GLIBC_OF("GLIBC_2.12", "GLIBC_2.17"));
REUSEPORT_FROM_GLIBC(pthread_sigmask, REUSEPORT_OLDEST_GLIBC);
