import { api } from '@/api/client';
import { useAsk } from '@/ui/asking';

/** Whether the bureau has anybody who could sign in, and the command that makes the first one. */
export function useSetup(): { hasNobody: boolean; command: string } {
  const setup = useAsk(['setup'], () => api.GET('/api/setup'));
  return { hasNobody: setup.data?.has_administrator === false, command: setup.data?.command ?? '' };
}
