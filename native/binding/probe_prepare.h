#pragma once

#include "core/result.h"

#include <node_api.h>
#include <uv.h>

namespace reuseport {

/**
 * Tells when the loop of an environment is about to poll. Belongs to libuv between open() and the end of close(), which
 * frees it: who has called close() must not touch it again. Does not keep the loop alive.
 */
class PrepareHandle {
public:
  class Owner {
  public:
    virtual void on_prepare() = 0;
    /** The environment ends: no JavaScript any more; the owner must call close(). */
    virtual void on_environment_end() = 0;

  protected:
    ~Owner() = default;
  };

  static Result<PrepareHandle*> open(napi_env env, Owner* owner);
  void close();
  /** What the loop waits on in epoll_pwait. */
  int epoll_fd() const { return uv_backend_fd(handle_.loop); }

  PrepareHandle(const PrepareHandle&) = delete;

private:
  explicit PrepareHandle(Owner* owner) : owner_(owner) {}

  uv_prepare_t handle_{};
  Owner* owner_;
  napi_async_cleanup_hook_handle hook_ = nullptr;
};

} // namespace reuseport
