/* distances.h - every distance, in the order of triplet_distance: DISTANCE(name, help) stands for the row of that name
 * of the table in distance.c. */
#ifndef TRIPLET_DISTANCES_H
#define TRIPLET_DISTANCES_H

#define TRIPLET_DISTANCES(DISTANCE)                                                                                    \
  DISTANCE(minkowski, "(sum |x - y|^p)^(1/p)")                                                                         \
  DISTANCE(squared, "sum (x - y)^2")                                                                                   \
  DISTANCE(cosine, "1 - cos(x, y), or 1 where a row is zero")                                                          \
  DISTANCE(dot, "minus the inner product")

#endif
