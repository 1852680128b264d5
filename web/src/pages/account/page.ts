import { defineArea } from '../area';

export default defineArea({
  pages: [{ path: '/account', title: { zh: '我的账号', en: 'My account' }, needs: [], load: () => import('./Account') }],
});
