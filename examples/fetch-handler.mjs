/** Exports instead of listening: reuseport serves it on --bind, or on HOST and PORT, 127.0.0.1:3000 if unset. */
export default {
  fetch(request) {
    const { pathname } = new URL(request.url);
    return Response.json({ pathname, pid: process.pid });
  },
};
