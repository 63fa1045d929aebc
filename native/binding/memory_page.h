#pragma once

#include "core/shared_memory.h"

#include <memory>
#include <napi.h>
#include <string>

namespace reuseport {

/** An external ArrayBuffer over the mapping, which lives until the buffer is collected and nobody else holds it. */
Napi::Value to_array_buffer(Napi::Env env, SharedMapping mapping);

/**
 * The mapping behind an ArrayBuffer of to_array_buffer(). Native code that reads it from elsewhere than a call of
 * JavaScript must hold this: a collected buffer would otherwise unmap the memory under it.
 */
std::shared_ptr<SharedMapping> decode_shared_page(Napi::Value value, const std::string& name, size_t min_bytes);

} // namespace reuseport
