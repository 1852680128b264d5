import { BankOutlined, CalculatorOutlined } from '@ant-design/icons';

import { defineArea } from '../area';

export default defineArea({
  pages: [
    {
      path: '/till',
      title: { zh: '钱箱结账', en: 'My till' },
      needs: ['till.close'],
      load: () => import('./Till'),
      nav: { group: 'counter', order: 60, icon: CalculatorOutlined, key: 'k' },
    },
    {
      path: '/closing',
      title: { zh: '日终结账', en: 'Day close' },
      needs: ['closing.read'],
      load: () => import('./Closing'),
      nav: { group: 'money', order: 10, icon: BankOutlined, key: 'e' },
    },
  ],
});
