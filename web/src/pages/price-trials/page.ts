import { ExperimentOutlined } from '@ant-design/icons';

import { defineArea } from '../area';

export default defineArea({
  pages: [
    {
      path: '/prices/trials',
      title: { zh: '电价测算', en: 'Price trials' },
      needs: ['tariff.try'],
      load: () => import('./Trials'),
      nav: { group: 'prices', order: 30, icon: ExperimentOutlined, key: 'f' },
    },
    { path: '/prices/trials/$no', title: { zh: '电价测算', en: 'Price trial' }, needs: ['tariff.try'], load: () => import('./Trial') },
  ],
});
