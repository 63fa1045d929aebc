#pragma once

#include <pthread.h>

namespace reuseport {

/** Starts a thread that gets no signals: they are for the thread that makes it. Returns an errno. */
int start_quiet_thread(pthread_t& thread, void* (*entry)(void*), void* argument);

} // namespace reuseport
