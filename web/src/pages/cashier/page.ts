import { AccountBookOutlined, PayCircleOutlined } from '@ant-design/icons';

import { defineArea } from '../area';

export default defineArea({
  pages: [
    {
      path: '/cashier',
      title: { zh: '收费', en: 'Cashier' },
      needs: ['payment.take'],
      load: () => import('./Cashier'),
      nav: { group: 'counter', order: 5, icon: PayCircleOutlined, key: 'p' },
    },
    {
      path: '/payments',
      title: { zh: '收款记录', en: 'Payments' },
      needs: ['payment.read'],
      load: () => import('./Payments'),
      nav: { group: 'counter', order: 6, icon: AccountBookOutlined, key: 'y' },
    },
  ],
});
