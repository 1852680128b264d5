import { CalculatorOutlined } from '@ant-design/icons';

import { defineArea } from '../area';

export default defineArea({
  pages: [
    {
      path: '/billing',
      title: { zh: '核算工作台', en: 'Workbench' },
      needs: ['bill.trial', 'bill.approve', 'bill.issue'],
      load: () => import('./Workbench'),
      nav: { group: 'billing', order: 10, icon: CalculatorOutlined, key: 'b' },
    },
  ],
  cards: [{ needs: ['bill.trial', 'bill.approve', 'bill.issue'], order: 10, load: () => import('./MonthCard') }],
});
