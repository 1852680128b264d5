import { PrinterOutlined } from '@ant-design/icons';

import { defineArea } from '../area';

export default defineArea({
  pages: [
    {
      path: '/printing',
      title: { zh: '批量打印', en: 'Mass printing' },
      needs: ['bill.print'],
      load: () => import('./Printing'),
      nav: { group: 'billing', order: 60, icon: PrinterOutlined },
    },
  ],
});
