import type { ThemeConfig } from 'antd';

/** Calm, dense, dark enough: the same values as in theme.css. */
export const theme: ThemeConfig = {
  token: {
    colorPrimary: '#17608f',
    colorLink: '#17608f',
    colorError: '#b3261e',
    colorWarning: '#8a5300',
    colorSuccess: '#1f6b3a',
    colorText: '#1a2530',
    colorTextSecondary: '#465463',
    colorTextPlaceholder: '#68757f',
    colorBorder: '#b4bfc9',
    borderRadius: 4,
    fontSize: 14,
    controlHeight: 30,
    fontFamily: 'inherit',
    motionDurationMid: '0.1s',
    motionDurationSlow: '0.15s',
  },
  components: {
    Button: { primaryShadow: 'none', defaultShadow: 'none', dangerShadow: 'none' },
    Descriptions: { itemPaddingBottom: 4 },
    Form: { itemMarginBottom: 12 },
  },
};
