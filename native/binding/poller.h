#pragma once

#include "core/result.h"

#include <node_api.h>
#include <uv.h>

namespace reuseport {

/**
 * Watches a descriptor on the loop of an environment. Belongs to libuv between open() and the end of close(), which
 * frees it: who has called close() must not touch it again.
 */
class Poller {
public:
  class Owner {
  public:
    /** The descriptor may be read or written. */
    virtual void on_ready() = 0;
    /** The environment ends: no JavaScript any more; the owner must call close(). */
    virtual void on_environment_end() = 0;

  protected:
    ~Owner() = default;
  };

  /** Does not own `fd`; it may be closed as soon as close() has been called. */
  static Result<Poller*> open(napi_env env, int fd, Owner* owner);
  /** Always for reading; also for writing when `writable`. */
  Result<Done> watch(bool writable);
  void ref();
  void unref();
  void close();

  Poller(const Poller&) = delete;

private:
  Poller(Owner* owner, int fd) : owner_(owner), fd_(fd) {}

  uv_poll_t handle_{};
  Owner* owner_;
  int fd_;
  bool writable_ = false;
  napi_async_cleanup_hook_handle hook_ = nullptr;
};

} // namespace reuseport
