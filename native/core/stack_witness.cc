#include "core/stack_witness.h"

#include "core/quiet_thread.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <mutex>
#include <string>
#include <sys/socket.h>

namespace reuseport {
namespace {

// A frame is about a hundred bytes; a message must fit into the socket's buffer.
constexpr size_t kMaxText = 32 * 1024;

} // namespace

struct StackWitness::Shared {
  /** For the descriptor, which goes with the witness; an interrupt may come later, or never. */
  std::mutex mutex;
  UniqueFd fd;
  V8Stack stack;
  /** An interrupt is under way: one answers all that asked. */
  std::atomic<bool> asked{false};
};

Result<std::unique_ptr<StackWitness>> StackWitness::start(int fd, V8Stack stack) {
  auto shared = std::make_shared<Shared>();
  shared->fd.reset(fd);
  shared->stack = stack;
  std::unique_ptr<StackWitness> witness(new StackWitness(std::move(shared)));
  if (int code = start_quiet_thread(witness->thread_, run, witness.get()); code != 0) {
    (void)witness->shared_->fd.release();
    return Failure{code, "pthread_create", "the stack witness"};
  }
  witness->started_ = true;
  pthread_setname_np(witness->thread_, "reuseport-stack");
  return witness;
}

StackWitness::~StackWitness() {
  if (started_) {
    ::shutdown(shared_->fd.get(), SHUT_RDWR);
    pthread_join(thread_, nullptr);
    std::lock_guard lock(shared_->mutex);
    shared_->fd.reset();
  }
}

void* StackWitness::run(void* self) {
  auto shared = static_cast<StackWitness*>(self)->shared_;
  for (;;) {
    char request = 0;
    ssize_t count = ::recv(shared->fd.get(), &request, sizeof request, 0);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      return nullptr;
    }
    if (!shared->asked.exchange(true)) {
      shared->stack.request(on_interrupt, new std::shared_ptr<Shared>(shared));
    }
  }
}

void StackWitness::on_interrupt(void*, void* data) {
  std::unique_ptr<std::shared_ptr<Shared>> owner(static_cast<std::shared_ptr<Shared>*>(data));
  Shared& shared = **owner;
  shared.asked.store(false);
  std::string text = shared.stack.print();
  std::lock_guard lock(shared.mutex);
  [[maybe_unused]] ssize_t sent =
      ::send(shared.fd.get(), text.data(), std::min(text.size(), kMaxText), MSG_DONTWAIT | MSG_NOSIGNAL);
}

} // namespace reuseport
