import { askFile } from '@/api/client';
import { asProblem } from '@/api/problem';
import { useSay } from '@/ui';

/** Saves a file of the API under its own name. */
export function useSave(): (path: string, name: string) => void {
  const say = useSay();
  return (path, name) => {
    askFile(path)
      .then((file) => {
        const link = document.createElement('a');
        link.href = URL.createObjectURL(file);
        link.download = name;
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
      })
      .catch((error: unknown) => say.problem(asProblem(error)));
  };
}

export function queryOf(parts: Record<string, string | undefined>): string {
  const given = Object.entries(parts).filter((part): part is [string, string] => part[1] !== undefined && part[1] !== '');
  return new URLSearchParams(given).toString();
}
