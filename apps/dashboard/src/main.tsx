import { render } from 'preact';
import { Page } from './parts/page.tsx';
import { createService } from './service.ts';
import './style.css';

const place = document.getElementById('page');
if (place) render(<Page service={createService(location.origin)} />, place);
