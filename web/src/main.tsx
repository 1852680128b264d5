import 'antd/dist/reset.css';
import './ui/theme.css';
import './ui/tables.css';
import './ui/workbench.css';
import './shell/shell.css';

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { App } from './shell/App';

const root = document.getElementById('root');
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
