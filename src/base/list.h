/*
 * list: an intrusive doubly linked list that knows its length. Whoever puts a struct on a list
 * gives it a `struct list_node` and comes back to it with CONTAINER_OF; the list owns nothing and
 * allocates nothing. A list must not be moved in memory once it is initialised (its nodes point
 * back at it). No locking: one thread at a time.
 */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include "base/base.h"

#include <assert.h>

/* All zero: on no list. */
struct list_node {
    struct list_node *prev;
    struct list_node *next;
};

/* A ring through `head`, which is no element itself: adding and removing need no branches. */
struct list {
    struct list_node head;
    size_t count;
};

static inline void list_init(struct list *list) {
    list->head.prev = &list->head;
    list->head.next = &list->head;
    list->count = 0;
}

/* Puts `node`, which must be on no list, between two neighbours of `list`. */
static inline void list_link(struct list *list, struct list_node *node, struct list_node *prev) {
    assert(node->next == NULL && node->prev == NULL);
    node->prev = prev;
    node->next = prev->next;
    prev->next->prev = node;
    prev->next = node;
    list->count++;
}

static inline void list_push_front(struct list *list, struct list_node *node) {
    list_link(list, node, &list->head);
}

static inline void list_push_back(struct list *list, struct list_node *node) {
    list_link(list, node, list->head.prev);
}

/* Behind an element of the list; NULL: in front of all. */
static inline void list_insert_after(struct list *list, struct list_node *node,
                                     struct list_node *after) {
    list_link(list, node, after == NULL ? &list->head : after);
}

/* Takes `node`, which must be on `list`, off it. */
static inline void list_remove(struct list *list, struct list_node *node) {
    assert(node->next != NULL && list->count > 0);
    node->prev->next = node->next;
    node->next->prev = node->prev;
    node->prev = NULL;
    node->next = NULL;
    list->count--;
}

/* The first element, or NULL. */
static inline struct list_node *list_first(const struct list *list) {
    return list->count == 0 ? NULL : list->head.next;
}

/* The last element, or NULL. */
static inline struct list_node *list_last(const struct list *list) {
    return list->count == 0 ? NULL : list->head.prev;
}

/* The element behind `node`, or NULL. To remove while walking, ask for the next one first. */
static inline struct list_node *list_next(const struct list *list, const struct list_node *node) {
    return node->next == &list->head ? NULL : node->next;
}

/* The element before `node`, or NULL. */
static inline struct list_node *list_previous(const struct list *list,
                                              const struct list_node *node) {
    return node->prev == &list->head ? NULL : node->prev;
}

/* Takes the first element off, or gives NULL. */
static inline struct list_node *list_pop_front(struct list *list) {
    struct list_node *node = list_first(list);
    if (node != NULL) {
        list_remove(list, node);
    }
    return node;
}

/* Takes the last element off, or gives NULL. */
static inline struct list_node *list_pop_back(struct list *list) {
    struct list_node *node = list_last(list);
    if (node != NULL) {
        list_remove(list, node);
    }
    return node;
}

#endif
