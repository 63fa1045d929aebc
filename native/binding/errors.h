#pragma once

#include "core/result.h"

#include <napi.h>
#include <utility>

namespace reuseport {

/** The SystemError of the TypeScript contract. */
Napi::Error system_error(Napi::Env env, const Failure& failure);

/** The value, or the failure thrown as a SystemError. */
template <class T>
T value_or_throw(Napi::Env env, Result<T> result) {
  if (!result) {
    throw system_error(env, result.failure());
  }
  return std::move(result.value());
}

} // namespace reuseport
