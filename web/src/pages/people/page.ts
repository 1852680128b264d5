import { TeamOutlined } from '@ant-design/icons';

import { defineArea } from '../area';

export default defineArea({
  pages: [
    {
      path: '/people',
      title: { zh: '人员与权限', en: 'People' },
      needs: ['person.manage'],
      load: () => import('./People'),
      nav: { group: 'office', order: 10, icon: TeamOutlined, key: 'u' },
    },
  ],
});
