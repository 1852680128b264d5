import { AlertOutlined, BookOutlined, FileSearchOutlined, RedoOutlined, UploadOutlined } from '@ant-design/icons';

import { defineArea } from '../area';

export default defineArea({
  pages: [
    {
      path: '/reading/books',
      title: { zh: '抄表进度', en: 'Progress' },
      needs: ['reading.read'],
      load: () => import('./Progress'),
      nav: { group: 'reading', order: 10, icon: BookOutlined, key: 'r' },
    },
    {
      path: '/reading/doubtful',
      title: { zh: '抄表复核', en: 'Doubtful' },
      needs: ['reading.read'],
      load: () => import('./Doubtful'),
      nav: { group: 'reading', order: 20, icon: AlertOutlined, key: 'd' },
    },
    {
      path: '/reading/missing',
      title: { zh: '缺抄处理', en: 'Missing' },
      needs: ['reading.read'],
      load: () => import('./Missing'),
      nav: { group: 'reading', order: 30, icon: FileSearchOutlined, key: 'm' },
    },
    {
      path: '/reading/orders',
      title: { zh: '重抄单', en: 'Re-reading' },
      needs: ['reading.read'],
      load: () => import('./Orders'),
      nav: { group: 'reading', order: 40, icon: RedoOutlined },
    },
    {
      path: '/reading/import',
      title: { zh: '导入读数', en: 'Import' },
      needs: ['reading.import'],
      load: () => import('./Import'),
      nav: { group: 'reading', order: 50, icon: UploadOutlined },
    },
  ],
  cards: [{ needs: ['reading.decide'], order: 30, load: () => import('./Card') }],
});
