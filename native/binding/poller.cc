#include "binding/poller.h"

#include <cerrno>
#include <memory>
#include <utility>

namespace reuseport {

Result<Poller*> Poller::open(napi_env env, int fd, Owner* owner) {
  uv_loop_t* loop = nullptr;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) {
    return Failure{EINVAL, "epoll_ctl", describe_fd(fd)};
  }
  std::unique_ptr<Poller> poller(new Poller(owner, fd));
  int status = uv_poll_init(loop, &poller->handle_, fd);
  if (status != 0) {
    return Failure{-status, "epoll_ctl", describe_fd(fd)};
  }
  poller->handle_.data = poller.get();
  // The asynchronous kind, because libuv closes a handle only on a later turn: the environment waits for it.
  auto on_end = [](napi_async_cleanup_hook_handle, void* data) {
    auto* self = static_cast<Poller*>(data);
    if (self->owner_ != nullptr) {
      self->owner_->on_environment_end();
    }
  };
  Poller* self = poller.release();
  if (napi_add_async_cleanup_hook(env, on_end, self, &self->hook_) != napi_ok) {
    self->close();
    return Failure{EINVAL, "epoll_ctl", describe_fd(fd)};
  }
  return self;
}

Result<Done> Poller::watch(bool writable) {
  auto on_ready = [](uv_poll_t* handle, int, int) {
    // libuv reports a pending socket error as a status and stops; reading tells more, and then watch() starts it again.
    if (Owner* owner = static_cast<Poller*>(handle->data)->owner_) {
      owner->on_ready();
    }
  };
  // Starting costs system calls even when nothing changes.
  if (uv_is_active(reinterpret_cast<uv_handle_t*>(&handle_)) != 0 && writable == writable_) {
    return Done{};
  }
  writable_ = writable;
  int status = uv_poll_start(&handle_, writable ? UV_READABLE | UV_WRITABLE : UV_READABLE, on_ready);
  if (status != 0) {
    return Failure{-status, "epoll_ctl", describe_fd(fd_)};
  }
  return Done{};
}

void Poller::ref() {
  uv_ref(reinterpret_cast<uv_handle_t*>(&handle_));
}

void Poller::unref() {
  uv_unref(reinterpret_cast<uv_handle_t*>(&handle_));
}

void Poller::close() {
  owner_ = nullptr;
  uv_close(reinterpret_cast<uv_handle_t*>(&handle_), [](uv_handle_t* handle) {
    std::unique_ptr<Poller> self(static_cast<Poller*>(handle->data));
    if (self->hook_ != nullptr) {
      napi_remove_async_cleanup_hook(self->hook_);
    }
  });
}

} // namespace reuseport
