/*
 * The part of libuv that the addon uses, declared here: npm's headers for addons come without uv.h,
 * and with handles sized at run time one binary serves every Node.js of the same libuv major.
 * The functions are exported by the node binary.
 */
#ifndef UV_PART_H
#define UV_PART_H

#include <stddef.h>
#include <stdint.h>

typedef struct uv_loop_s uv_loop_t;
typedef struct uv_handle_s uv_handle_t;
typedef struct uv_poll_s uv_poll_t;
typedef struct uv_prepare_s uv_prepare_t;
typedef struct uv_timer_s uv_timer_t;

typedef void (*uv_close_cb)(uv_handle_t *handle);
typedef void (*uv_poll_cb)(uv_poll_t *handle, int status, int events);
typedef void (*uv_prepare_cb)(uv_prepare_t *handle);
typedef void (*uv_timer_cb)(uv_timer_t *handle);

/* Numbers of uv_handle_type and uv_poll_event, part of libuv's binary interface. */
enum { UV_POLL = 8, UV_PREPARE = 9, UV_TIMER = 13 };
enum { UV_READABLE = 1, UV_WRITABLE = 2 };

size_t uv_handle_size(int type);
void *uv_handle_get_data(const uv_handle_t *handle);
uv_loop_t *uv_handle_get_loop(const uv_handle_t *handle);
void uv_handle_set_data(uv_handle_t *handle, void *data);
void uv_close(uv_handle_t *handle, uv_close_cb closed);
void uv_ref(uv_handle_t *handle);
void uv_unref(uv_handle_t *handle);
void uv_update_time(uv_loop_t *loop);
uint64_t uv_hrtime(void);
int uv_backend_fd(const uv_loop_t *loop);
int uv_backend_timeout(const uv_loop_t *loop);

int uv_poll_init(uv_loop_t *loop, uv_poll_t *handle, int fd);
int uv_poll_start(uv_poll_t *handle, int events, uv_poll_cb ready);

int uv_prepare_init(uv_loop_t *loop, uv_prepare_t *handle);
int uv_prepare_start(uv_prepare_t *handle, uv_prepare_cb ready);
int uv_prepare_stop(uv_prepare_t *handle);

int uv_timer_init(uv_loop_t *loop, uv_timer_t *handle);
int uv_timer_start(uv_timer_t *handle, uv_timer_cb due, uint64_t timeout_ms, uint64_t repeat_ms);
int uv_timer_stop(uv_timer_t *handle);

#endif
