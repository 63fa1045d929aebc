/**
 * What glibc 2.28 and the libstdc++ of GCC 8 do not have, and we or the compiler's headers call: in prebuilt binaries
 * alone, where they do what those of a newer system do.
 */
#include <bits/functexcept.h>
#include <memory>
#include <new>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/** Of glibc 2.32: "no" is the careful answer, which costs a shared_ptr an atomic instruction. */
extern "C" char __libc_single_threaded = 0;

/** Of glibc 2.33; an inline function before. With 64 bits the kernel's structure is the library's. */
extern "C" int fstat(int fd, struct stat* status) noexcept {
  return static_cast<int>(::syscall(SYS_fstat, fd, status));
}

namespace std {

/** Of GCC 11. */
void __throw_bad_array_new_length() {
  throw bad_array_new_length();
}

/** Of GCC 9: asked for another type than its own one, which the header has compared before. */
bool _Sp_make_shared_tag::_S_eq(const type_info&) noexcept {
  return false;
}

} // namespace std
