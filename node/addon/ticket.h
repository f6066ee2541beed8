/*
 * Tickets: what JavaScript holds of a call that it may want to end early. Made before the call with
 * the time that it may take, handed to it, cancelled when somebody likes. A ticket outlives its
 * call, or the call its ticket, in any order.
 */
#ifndef TICKET_H
#define TICKET_H

#include <node_api.h>
#include <pgconvo.h>

struct ticket;

/* ticket(milliseconds): 0 means no limit */
napi_value ticket_new(napi_env env, napi_callback_info info);

/* cancel(ticket): the call ends with CANCELLED, unless it has ended or not begun */
napi_value ticket_cancel(napi_env env, napi_callback_info info);

/* The ticket of a value; NULL: it is none. */
struct ticket *ticket_of(napi_env env, napi_value value);

/* The call began, and may take so long from now; `*back` is where the call keeps its ticket. */
void ticket_begin(struct ticket *ticket, pgc_op *op, struct ticket **back);

/* The call has ended. NULL is fine. */
void ticket_end(struct ticket *ticket);

#endif
