import { DiffOutlined } from '@ant-design/icons';

import { defineArea } from '../area';

export default defineArea({
  pages: [
    {
      path: '/billing/corrections',
      title: { zh: '电费更正', en: 'Corrections' },
      needs: ['bill.read'],
      load: () => import('./Corrections'),
      nav: { group: 'billing', order: 20, icon: DiffOutlined, key: 'v' },
    },
    { path: '/billing/corrections/$no', title: { zh: '电费更正', en: 'Bill correction' }, needs: ['bill.read'], load: () => import('./Correction') },
  ],
});
