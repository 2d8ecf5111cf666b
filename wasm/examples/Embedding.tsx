// A React component whose points move while a worker trains them: <Embedding rows={rows} labels={labels} />. Give it
// the same arrays until others are to be learned.
import { useEffect, useState } from "react";
import type { Rows } from "triplet";
import { loadTriplet } from "triplet/worker";

const [STEPS, EVERY, SIZE] = [300, 10, 320];
const COLORS = ["#4269d0", "#efb118", "#ff725c", "#6cc5b0", "#a463f2"];

type State = { step: number; points?: Rows; error?: string };

/** The embedding of rows in the plane, anew with every few steps; the worker ends with the component. */
export function useEmbedding(rows: number[][], labels: string[]): State {
  const [state, setState] = useState<State>({ step: 0 });

  useEffect(() => {
    let gone = false;
    const starting = loadTriplet();
    const show = (next: State) => gone || setState(next);
    async function train() {
      const triplet = await starting;
      const trainer = await triplet.trainer({ data: rows, labels, layers: [32, 2], steps: STEPS });
      show({ step: 0, points: await trainer.embed() });
      await trainer.run(async ({ step }) => {
        if (step % EVERY === 0) {
          show({ step, points: await trainer.embed() });
        }
        return !gone;
      });
    }
    train().catch((error: Error) => show({ step: 0, error: error.message }));
    return () => {
      gone = true;
      void starting.then((triplet) => triplet.terminate());
    };
  }, [rows, labels]);

  return state;
}

export function Embedding({ rows, labels }: { rows: number[][]; labels: string[] }) {
  const { step, points, error } = useEmbedding(rows, labels);
  if (error !== undefined) {
    return <p role="alert">{error}</p>;
  }
  const classes = [...new Set(labels)];
  const largest = points?.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  const place = (value: number) => (SIZE / 2) * (1 + (0.95 * value) / largest);
  const dots = labels.map((label, i) => (
    <circle
      key={i}
      r={3}
      fill={COLORS[classes.indexOf(label) % COLORS.length]}
      cx={place(points?.data[2 * i] ?? 0)}
      cy={place(points?.data[2 * i + 1] ?? 0)}
    />
  ));
  return (
    <svg role="img" aria-label={`${labels.length} rows after ${step} steps`} width={SIZE} height={SIZE}>
      {dots}
    </svg>
  );
}
