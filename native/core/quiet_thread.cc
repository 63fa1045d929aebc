#include "core/quiet_thread.h"

#include <csignal>

namespace reuseport {

int start_quiet_thread(pthread_t& thread, void* (*entry)(void*), void* argument) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int code = pthread_create(&thread, nullptr, entry, argument);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return code;
}

} // namespace reuseport
