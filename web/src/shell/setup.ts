import { useQuery } from '@tanstack/react-query';

/** Whether the bureau has anybody who could sign in, and the command that makes the first one. */
export function useSetup(): { hasNobody: boolean; command: string } {
  const { data } = useQuery({
    queryKey: ['setup'],
    queryFn: async () => {
      const answer = await fetch('/api/setup');
      return answer.ok ? ((await answer.json()) as Record<string, unknown>) : {};
    },
    retry: false,
    staleTime: 0,
  });
  const command = typeof data?.command === 'string' ? data.command : 'gridhall admin create admin';
  return { hasNobody: data?.has_administrator === false, command };
}
