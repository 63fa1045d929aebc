#pragma once

#include "core/result.h"
#include "core/unique_fd.h"
#include "core/v8_stack.h"

#include <memory>
#include <pthread.h>

namespace reuseport {

/**
 * A thread that sleeps on a socket and answers each message with the JavaScript stack of the thread that made it, as
 * soon as V8 can be interrupted there. Ends when the peer closes, or with this object.
 */
class StackWitness {
public:
  /** `fd`: a connected SOCK_SEQPACKET socket, which the witness owns from now on, unless it fails. */
  static Result<std::unique_ptr<StackWitness>> start(int fd, V8Stack stack);
  ~StackWitness();
  StackWitness(const StackWitness&) = delete;
  StackWitness& operator=(const StackWitness&) = delete;

private:
  /** Outlives the witness where an interrupt is still under way. */
  struct Shared;

  explicit StackWitness(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}
  static void* run(void* self);
  static void on_interrupt(void* isolate, void* data);

  std::shared_ptr<Shared> shared_;
  pthread_t thread_{};
  bool started_ = false;
};

} // namespace reuseport
