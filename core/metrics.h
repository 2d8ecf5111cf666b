/* metrics.h - the figures of an evaluation, from what each of its queries found. What metrics.c gives to those who know
 * the ranks: by search (retrieval.c), or as somebody else has found them (neighbors.c). */
#ifndef TRIPLET_METRICS_H
#define TRIPLET_METRICS_H

#include "relations.h"

#pragma GCC visibility push(hidden)

/* ---- what a query found ------------------------------------------------------------------------------------------ */

/* Kept for each query, so that figures are summed in one order whatever the threads. What is not known is NaN. */
typedef struct triplet_retrieval {
  size_t positives, negatives; /* R of the former; without any the query is skipped */
  size_t known;                /* how many of its neighbours, the nearest, are known; SIZE_MAX: all */
  size_t hits;                 /* positives that were found */
  size_t first_hit;            /* rank, from 0, of the nearest; SIZE_MAX: there is none */
  double r_precision, map_at_r, average_precision;
  uint64_t correct; /* triplets, known where average_precision is: of each hit the negatives after it */
  bool elected;     /* its class is, by the votes of its nearest references */
} triplet_retrieval;

/* Of a query that has found nothing yet. */
triplet_retrieval triplet_retrieval_of(triplet_related related);
/* Its next positive is at this rank, from 0. */
void triplet_retrieval_hit(triplet_retrieval *retrieval, size_t rank);
/* It has no more, among so many neighbours that are known; SIZE_MAX: all are. */
void triplet_retrieval_end(triplet_retrieval *retrieval, size_t known);

/* ---- an evaluation ----------------------------------------------------------------------------------------------- */

typedef struct triplet_judgement {
  triplet_relations relations;   /* of queries and references */
  triplet_classes classes;       /* the queries of each label; none with relations */
  triplet_retrieval *retrievals; /* one for each query, to be filled */
} triplet_judgement;

/* Of sets that were checked, which live as long. Checks what is asked: k, and that what it is answered in has room. On
 * failure nothing is kept. */
triplet_status triplet_judgement_create(triplet_context *context, const triplet_sets *sets, int64_t ignore_label,
                                        triplet_ints k, const triplet_evaluation *evaluation,
                                        triplet_judgement *judgement);
void triplet_judgement_release(triplet_context *context, triplet_judgement *judgement);
/* Writes all figures. */
void triplet_judgement_write(const triplet_judgement *judgement, triplet_ints k, triplet_evaluation *evaluation);

/* A figure over the queries, and over the classes that have one. */
typedef struct triplet_means {
  double of_queries, of_classes;
} triplet_means;

/* The share of queries whose class was elected. */
triplet_means triplet_judgement_elected(const triplet_judgement *judgement);

/* retrieval.c: fills the retrievals by exact search; elects: the nearest references do, a class. */
triplet_status triplet_rank_references(triplet_context *context, const triplet_options *options,
                                       const triplet_judgement *judgement, bool elects);

#pragma GCC visibility pop

#endif
