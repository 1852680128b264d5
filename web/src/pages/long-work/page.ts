import { FieldTimeOutlined, UploadOutlined } from '@ant-design/icons';

import { defineArea } from '../area';

export default defineArea({
  pages: [
    {
      path: '/long-work',
      title: { zh: '长任务', en: 'Long work' },
      needs: ['work.own'],
      load: () => import('./WorkList'),
      nav: { group: 'office', order: 20, icon: FieldTimeOutlined, key: 'w' },
    },
    { path: '/long-work/$id', title: { zh: '长任务', en: 'Long work' }, needs: ['work.own'], load: () => import('./WorkPage') },
    {
      path: '/imports',
      title: { zh: '导入文件', en: 'Import files' },
      needs: ['archive.import', 'reading.import', 'payment.import', 'statement.import', 'book.manage'],
      load: () => import('./Imports'),
      nav: { group: 'office', order: 30, icon: UploadOutlined },
    },
  ],
});
