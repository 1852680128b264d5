import { defineArea } from '../area';

export default defineArea({
  pages: [{ path: '/bills/$bill_no', title: { zh: '账单', en: 'Bill' }, needs: ['bill.read'], load: () => import('./Bill') }],
});
