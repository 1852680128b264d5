import { ExportOutlined, IdcardOutlined } from '@ant-design/icons';

import { defineArea } from '../area';

export default defineArea({
  pages: [
    {
      path: '/mandates',
      title: { zh: '代扣协议', en: 'Mandates' },
      needs: ['mandate.read'],
      load: () => import('./Mandates'),
      nav: { group: 'counter', order: 70, icon: IdcardOutlined, key: 'x' },
    },
    {
      path: '/debit',
      title: { zh: '银行代扣', en: 'Bank debit' },
      needs: ['debit.read'],
      load: () => import('./Batches'),
      nav: { group: 'money', order: 15, icon: ExportOutlined, key: 'o' },
    },
    { path: '/debit/new', title: { zh: '新建代扣批次', en: 'New batch' }, needs: ['debit.make'], load: () => import('./Make') },
    { path: '/debit/$batch_no', title: { zh: '代扣批次', en: 'Batch' }, needs: ['debit.read'], load: () => import('./Batch') },
  ],
});
