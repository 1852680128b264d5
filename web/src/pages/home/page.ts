import { defineArea } from '../area';

export default defineArea({
  pages: [{ path: '/', title: { zh: '首页', en: 'Start' }, needs: [], load: () => import('./Home') }],
});
