import { DollarOutlined, UploadOutlined } from '@ant-design/icons';

import { defineArea } from '../area';

export default defineArea({
  pages: [
    {
      path: '/prices',
      title: { zh: '电价', en: 'Prices' },
      needs: ['tariff.read'],
      load: () => import('./Prices'),
      nav: { group: 'prices', order: 10, icon: DollarOutlined, key: 't' },
    },
    {
      path: '/prices/packs',
      title: { zh: '电价包', en: 'Tariff packs' },
      needs: ['tariff.upload', 'tariff.approve'],
      load: () => import('./Packs'),
      nav: { group: 'prices', order: 20, icon: UploadOutlined },
    },
    { path: '/prices/packs/upload', title: { zh: '上传电价包', en: 'Upload a tariff pack' }, needs: ['tariff.upload'], load: () => import('./Upload') },
    { path: '/prices/packs/$pack_no', title: { zh: '电价包', en: 'Tariff pack' }, needs: ['tariff.read'], load: () => import('./Pack') },
  ],
  cards: [{ needs: ['tariff.approve', 'tariff.upload'], order: 60, load: () => import('./WaitingCard') }],
});
