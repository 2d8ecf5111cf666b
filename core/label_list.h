/* label_list.h - labels that are kept: of rows of the caller's that were chosen, in memory of their own. */
#ifndef TRIPLET_LABEL_LIST_H
#define TRIPLET_LABEL_LIST_H

#include "keys.h"

#pragma GCC visibility push(hidden)

typedef struct triplet_label_list {
  size_t rows, room;        /* in it; integers that there is memory for */
  int32_t *integers, *ends; /* as in triplet_labels; ends NULL: a label a row */
} triplet_label_list;

/* An empty list for so many rows that have so many labels in all, a label each unless sets. False when memory is short:
 * nothing is kept then. */
bool triplet_label_list_create(triplet_context *context, bool sets, size_t rows, size_t integers,
                               triplet_label_list *list);
/* Room for the labels of so many of another list's rows. */
bool triplet_label_list_create_like(triplet_context *context, const triplet_label_list *other, size_t rows,
                                    triplet_label_list *list);
void triplet_label_list_release(triplet_context *context, triplet_label_list *list);

/* Puts the labels of a row at the end: one, unless the list is of sets. */
void triplet_label_list_add(triplet_label_list *list, triplet_labels from, size_t row);
/* A view until the next call. */
triplet_labels triplet_label_list_view(const triplet_label_list *list);

#pragma GCC visibility pop

#endif
