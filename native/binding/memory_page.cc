#include "binding/memory_page.h"

#include "binding/arguments.h"

#include <map>
#include <mutex>

namespace reuseport {
namespace {

/** The mappings that some buffer shows, by address; of all threads. */
struct Registry {
  std::mutex mutex;
  std::map<const void*, std::weak_ptr<SharedMapping>> mappings;
};

Registry& registry() {
  // Never destroyed: buffers are still collected while the process exits.
  static auto* all = new Registry;
  return *all;
}

using Owner = std::shared_ptr<SharedMapping>;

void forget(napi_env, void* data, void* hint) {
  std::unique_ptr<Owner> owner(static_cast<Owner*>(hint));
  std::lock_guard lock(registry().mutex);
  registry().mappings.erase(data);
}

} // namespace

Napi::Value to_array_buffer(Napi::Env env, SharedMapping mapping) {
  auto owner = std::make_unique<Owner>(std::make_shared<SharedMapping>(std::move(mapping)));
  const SharedMapping& shared = **owner;
  napi_value buffer = nullptr;
  napi_status status =
      napi_create_external_arraybuffer(env, shared.data(), shared.size(), forget, owner.get(), &buffer);
  if (status == napi_no_external_buffers_allowed) {
    // A copy would share nothing.
    throw Napi::Error::New(env, "mapShared: this runtime allows no external array buffers (a build with the V8 memory "
                                "cage, as in Electron); the state page needs one");
  }
  NAPI_THROW_IF_FAILED(env, status, Napi::Value());
  {
    std::lock_guard lock(registry().mutex);
    registry().mappings[shared.data()] = *owner;
  }
  (void)owner.release();
  return {env, buffer};
}

std::shared_ptr<SharedMapping> decode_shared_page(Napi::Value value, const std::string& name, size_t min_bytes) {
  if (!value.IsArrayBuffer()) {
    throw_type_error(value, name, "an ArrayBuffer of mapShared");
  }
  std::shared_ptr<SharedMapping> mapping;
  {
    std::lock_guard lock(registry().mutex);
    auto found = registry().mappings.find(value.As<Napi::ArrayBuffer>().Data());
    if (found != registry().mappings.end()) {
      mapping = found->second.lock();
    }
  }
  if (!mapping || mapping->size() < min_bytes) {
    throw Napi::TypeError::New(value.Env(), name + ": expected an ArrayBuffer of mapShared with at least " +
                                                std::to_string(min_bytes) + " bytes");
  }
  return mapping;
}

} // namespace reuseport
