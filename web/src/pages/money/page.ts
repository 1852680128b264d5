import { AuditOutlined, BarChartOutlined, WarningOutlined } from '@ant-design/icons';

import { defineArea } from '../area';

export default defineArea({
  pages: [
    {
      path: '/arrears',
      title: { zh: '欠费', en: 'Arrears' },
      needs: ['arrears.read'],
      load: () => import('./Arrears'),
      nav: { group: 'money', order: 20, icon: WarningOutlined, key: 'a' },
    },
    {
      path: '/receivables',
      title: { zh: '应收实收', en: 'Receivables' },
      needs: ['arrears.read'],
      load: () => import('./Report'),
      nav: { group: 'money', order: 30, icon: BarChartOutlined, key: 'i' },
    },
    {
      path: '/ledger',
      title: { zh: '总账', en: 'Ledger' },
      needs: ['ledger.read'],
      load: () => import('./Ledger'),
      nav: { group: 'money', order: 40, icon: AuditOutlined, key: 'l' },
    },
  ],
});
