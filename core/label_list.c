/* label_list.c - copies of labels. */
#include "label_list.h"

bool triplet_label_list_create(triplet_context *context, bool sets, size_t rows, size_t integers,
                               triplet_label_list *list) {
  *list = (triplet_label_list){.room = integers};
  list->integers = triplet_allocate(context, integers, sizeof *list->integers);
  list->ends = list->integers && sets ? triplet_allocate(context, rows, sizeof *list->ends) : NULL;
  if (list->integers && (list->ends || !sets))
    return true;
  triplet_label_list_release(context, list);
  return false;
}

bool triplet_label_list_create_like(triplet_context *context, const triplet_label_list *other, size_t rows,
                                    triplet_label_list *list) {
  return triplet_label_list_create(context, other->ends, rows, other->ends ? other->room : rows, list);
}

void triplet_label_list_release(triplet_context *context, triplet_label_list *list) {
  triplet_release(context, list->ends);
  triplet_release(context, list->integers);
  *list = (triplet_label_list){0};
}

static size_t count_of(const triplet_label_list *list) {
  return !list->ends ? list->rows : list->rows ? (size_t)list->ends[list->rows - 1] : 0;
}

void triplet_label_list_add(triplet_label_list *list, triplet_labels from, size_t row) {
  const triplet_ints labels = triplet_labels_at(from, row);
  const size_t count = count_of(list);
  for (size_t i = 0; i < labels.count; i++)
    list->integers[count + i] = labels.data[i];
  if (list->ends)
    list->ends[list->rows] = (int32_t)(count + labels.count);
  list->rows++;
}

triplet_labels triplet_label_list_view(const triplet_label_list *list) {
  return (triplet_labels){.integers = {list->integers, count_of(list)},
                          .ends = {list->ends, list->ends ? list->rows : 0}};
}
