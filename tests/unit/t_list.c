#include "base/list.h"
#include "tap.h"

struct item {
    int number;
    struct list_node node;
};

static int number_of(struct list_node *node) {
    return node == NULL ? -1 : CONTAINER_OF(node, struct item, node)->number;
}

/* The numbers on the list as decimal digits, first to last, read in both directions. */
static int64_t digits(const struct list *list) {
    int64_t forward = 0;
    size_t count = 0;
    for (struct list_node *n = list_first(list); n != NULL; n = list_next(list, n)) {
        forward = forward * 10 + number_of(n);
        count++;
    }
    int64_t backward = 0;
    int64_t unit = 1;
    for (struct list_node *n = list->head.prev; n != &list->head; n = n->prev) {
        backward += unit * number_of(n);
        unit *= 10;
    }
    return forward == backward && count == list->count ? forward : -1;
}

int main(void) {
    struct item items[5] = {
        {.number = 1}, {.number = 2}, {.number = 3}, {.number = 4}, {.number = 5}};
    struct list list;
    list_init(&list);
    is_int(list.count, 0, "a new list is empty");
    ok(list_first(&list) == NULL && list_last(&list) == NULL, "an empty list has no ends");
    ok(list_pop_front(&list) == NULL && list_pop_back(&list) == NULL, "nothing comes off it");

    list_push_back(&list, &items[1].node);
    list_push_back(&list, &items[2].node);
    list_push_front(&list, &items[0].node);
    list_push_back(&list, &items[3].node);
    list_push_back(&list, &items[4].node);
    is_int(digits(&list), 12345, "both ends take elements");
    is_int(number_of(list_first(&list)), 1, "first");
    is_int(number_of(list_last(&list)), 5, "last");

    list_remove(&list, &items[2].node);
    is_int(digits(&list), 1245, "one is removed from the middle");
    ok(items[2].node.next == NULL && items[2].node.prev == NULL, "a removed node is on no list");
    is_int(number_of(list_pop_front(&list)), 1, "off the front");
    is_int(number_of(list_pop_back(&list)), 5, "off the back");
    is_int(digits(&list), 24, "what stays");

    struct list other;
    list_init(&other);
    list_push_back(&other, list_pop_front(&list));
    list_push_front(&other, &items[2].node);
    is_int(digits(&other), 32, "an element moves to another list");
    is_int(digits(&list), 4, "and is gone from its own");

    for (struct list_node *n = list_first(&other), *next; n != NULL; n = next) {
        next = list_next(&other, n);
        list_remove(&other, n);
    }
    is_int(other.count, 0, "removing while walking");
    ok(list_first(&other) == NULL, "leaves it empty");
    return done_testing();
}
