#include "binding/probe_prepare.h"

#include <cerrno>
#include <memory>

namespace reuseport {

Result<PrepareHandle*> PrepareHandle::open(napi_env env, Owner* owner) {
  uv_loop_t* loop = nullptr;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) {
    return Failure{EINVAL, "uv_prepare_init", "loop of the environment"};
  }
  auto* self = new PrepareHandle(owner);
  self->handle_.data = self;
  // Neither can fail: they only link the handle into lists of the loop.
  uv_prepare_init(loop, &self->handle_);
  uv_prepare_start(&self->handle_, [](uv_prepare_t* handle) {
    if (Owner* owner = static_cast<PrepareHandle*>(handle->data)->owner_) {
      owner->on_prepare();
    }
  });
  uv_unref(reinterpret_cast<uv_handle_t*>(&self->handle_));
  // The asynchronous kind, because libuv closes a handle only on a later turn: the environment waits for it.
  auto on_end = [](napi_async_cleanup_hook_handle, void* data) {
    auto* handle = static_cast<PrepareHandle*>(data);
    if (handle->owner_ != nullptr) {
      handle->owner_->on_environment_end();
    }
  };
  if (napi_add_async_cleanup_hook(env, on_end, self, &self->hook_) != napi_ok) {
    self->close();
    return Failure{EINVAL, "uv_prepare_init", "loop of an environment that ends"};
  }
  return self;
}

void PrepareHandle::close() {
  owner_ = nullptr;
  uv_close(reinterpret_cast<uv_handle_t*>(&handle_), [](uv_handle_t* handle) {
    std::unique_ptr<PrepareHandle> self(static_cast<PrepareHandle*>(handle->data));
    if (self->hook_ != nullptr) {
      napi_remove_async_cleanup_hook(self->hook_);
    }
  });
}

} // namespace reuseport
