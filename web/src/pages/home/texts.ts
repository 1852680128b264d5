import { defineTexts } from '@/ui';

export const homeTexts = defineTexts({
  zh: {
    title: '今天的工作',
    noPost: '您的账号还没有岗位',
    noPostHint: '请联系系统管理员为您安排岗位，岗位决定能看到和能办理的业务。',
    pages: '可以使用的页面',
  },
  en: {
    title: 'Work of today',
    noPost: 'Your account has no post yet',
    noPostHint: 'Ask the administrator for one: a post decides what you see and what you may do.',
    pages: 'Pages open to you',
  },
});
