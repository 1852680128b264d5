import { TeamOutlined } from '@ant-design/icons';

import { defineArea } from '../area';

export default defineArea({
  pages: [
    {
      path: '/customers',
      title: { zh: '客户查询', en: 'Customers' },
      needs: ['archive.read'],
      load: () => import('./Customers'),
      nav: { group: 'counter', order: 10, icon: TeamOutlined, key: 'c' },
    },
    { path: '/customers/$supply_no', title: { zh: '客户', en: 'Customer' }, needs: ['archive.read'], load: () => import('./Customer') },
  ],
});
