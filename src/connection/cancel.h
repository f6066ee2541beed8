/*
 * Asking a server to cancel what a connection runs, without waiting for it: libpq's cancel connects
 * anew and blocks for as long as the network likes. So it runs in a thread of its own, which owns
 * all it needs and ends by itself.
 */
#ifndef CONNECTION_CANCEL_H
#define CONNECTION_CANCEL_H

#include "base/base.h"

#include <libpq-fe.h>

/* Takes `cancel` over. False if nothing will be asked: the thread could not be made. */
bool cancel_begin(PGcancel *cancel);

#endif
