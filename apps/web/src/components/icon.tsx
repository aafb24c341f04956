import type { ComponentChildren } from 'preact';

/** Icons are drawn here, so that no request leaves the site and they follow the text's colour. */
function Icon({ children }: { readonly children: ComponentChildren }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
      {children}
    </svg>
  );
}

export const CopyIcon = () => (
  <Icon>
    <rect x="7" y="7" width="9" height="10" rx="2" />
    <path d="M13 4.5A1.5 1.5 0 0 0 11.5 3h-6A1.5 1.5 0 0 0 4 4.5v7A1.5 1.5 0 0 0 5 13" />
  </Icon>
);

export const CheckIcon = () => (
  <Icon>
    <path d="m4 10.5 4 4 8-9" />
  </Icon>
);

export const StopIcon = () => (
  <Icon>
    <rect class="icon-solid" x="5" y="5" width="10" height="10" rx="2" />
  </Icon>
);

export const FlagIcon = () => (
  <Icon>
    <path d="M5 17V3.5h10l-2.2 3.5L15 10.5H5" />
  </Icon>
);

export const SendIcon = () => (
  <Icon>
    <path d="M10 16V4M5 9l5-5 5 5" />
  </Icon>
);

export const DownIcon = () => (
  <Icon>
    <path d="M10 4v12M5 11l5 5 5-5" />
  </Icon>
);

export const ArrowIcon = () => (
  <Icon>
    <path class="icon-forward" d="M4 10h12M11 5l5 5-5 5" />
  </Icon>
);

export const AgainIcon = () => (
  <Icon>
    <path d="M15.5 8A6 6 0 1 0 16 11M16 4v4h-4" />
  </Icon>
);

export const SlidersIcon = () => (
  <Icon>
    <path d="M3 6h8M15 6h2M3 14h2M9 14h8" />
    <circle cx="13" cy="6" r="2" />
    <circle cx="7" cy="14" r="2" />
  </Icon>
);

export const PeopleIcon = () => (
  <Icon>
    <circle cx="7.5" cy="7" r="3" />
    <path d="M2 16.5c.5-3 2.7-4.5 5.5-4.5s5 1.5 5.5 4.5M13 4.5a3 3 0 0 1 0 5M15 12.5c1.7.6 2.7 2 3 4" />
  </Icon>
);

export const PlusIcon = () => (
  <Icon>
    <path d="M10 4v12M4 10h12" />
  </Icon>
);

export const AttachIcon = () => (
  <Icon>
    <path d="m15.5 9-5.6 5.6a3.4 3.4 0 0 1-4.8-4.8l6-6a2.3 2.3 0 0 1 3.2 3.2l-5.8 5.8a1.1 1.1 0 0 1-1.6-1.6L12 6.5" />
  </Icon>
);

export const FileIcon = () => (
  <Icon>
    <path d="M11.5 2.5h-5A1.5 1.5 0 0 0 5 4v12a1.5 1.5 0 0 0 1.5 1.5h7A1.5 1.5 0 0 0 15 16V6l-3.5-3.5ZM11.5 2.5V6H15M7.5 10h5M7.5 13.5h5" />
  </Icon>
);

export const CloseIcon = () => (
  <Icon>
    <path d="m5.5 5.5 9 9M14.5 5.5l-9 9" />
  </Icon>
);

export const SunIcon = () => (
  <Icon>
    <circle cx="10" cy="10" r="3.2" />
    <path d="M10 2.5v1.5M10 16v1.5M2.5 10H4M16 10h1.5M4.7 4.7l1 1M14.3 14.3l1 1M15.3 4.7l-1 1M5.7 14.3l-1 1" />
  </Icon>
);

export const MoonIcon = () => (
  <Icon>
    <path d="M16 11.8A6.5 6.5 0 0 1 8.2 4a6.5 6.5 0 1 0 7.8 7.8Z" />
  </Icon>
);

export const AutoIcon = () => (
  <Icon>
    <circle cx="10" cy="10" r="6.5" />
    <path class="icon-solid" d="M10 3.5a6.5 6.5 0 0 1 0 13Z" />
  </Icon>
);

export const WarningIcon = () => (
  <Icon>
    <path d="M10 3.5 17 16H3L10 3.5ZM10 8.5v3.5M10 14v.1" />
  </Icon>
);

export const InfoIcon = () => (
  <Icon>
    <circle cx="10" cy="10" r="7" />
    <path d="M10 9.5v4M10 6.5v.1" />
  </Icon>
);

export const LanguageIcon = () => (
  <Icon>
    <circle cx="10" cy="10" r="7" />
    <path d="M3 10h14M10 3c2.2 2 3.2 4.3 3.2 7s-1 5-3.2 7c-2.2-2-3.2-4.3-3.2-7s1-5 3.2-7Z" />
  </Icon>
);

export const EyeIcon = () => (
  <Icon>
    <path d="M2.5 10S5 5 10 5s7.5 5 7.5 5S15 15 10 15s-7.5-5-7.5-5Z" />
    <circle cx="10" cy="10" r="2.2" />
  </Icon>
);

export const ListIcon = () => (
  <Icon>
    <rect x="3" y="4" width="14" height="12" rx="2" />
    <path d="M8 4v12M5 7.5h.8M5 10h.8" />
  </Icon>
);

export const MoreIcon = () => (
  <Icon>
    <path d="M4.5 10v.1M10 10v.1M15.5 10v.1" />
  </Icon>
);

export const PencilIcon = () => (
  <Icon>
    <path d="m4 16 .8-3.2L13 4.6a1.6 1.6 0 0 1 2.4 2.4l-8.2 8.2L4 16Z" />
  </Icon>
);

export const PreviousIcon = () => (
  <Icon>
    <path d="m12 5-5 5 5 5" />
  </Icon>
);

export const NextIcon = () => (
  <Icon>
    <path d="m8 5 5 5-5 5" />
  </Icon>
);

/** The mark: a hand whose fingers are blocks of a model, each in the colour of another tab. */
export const BrandMark = () => (
  <svg class="brand-mark" viewBox="0 0 32 32" width="32" height="32" aria-hidden="true">
    <rect class="mark-a" x="9" y="6" width="4.6" height="14" rx="2.3" />
    <rect class="mark-b" x="14.4" y="3" width="4.6" height="17" rx="2.3" />
    <rect class="mark-c" x="19.8" y="5" width="4.6" height="15" rx="2.3" />
    <rect class="mark-d" x="25.2" y="9" width="4.6" height="12" rx="2.3" />
    <path
      class="mark-palm"
      d="M9 16h20.8v5.5c0 4.7-3.8 8-8.5 8h-3.6c-2.6 0-4.7-1-6.3-2.9l-6.7-7.7a2.3 2.3 0 0 1 3.3-3.2L9 17Z"
    />
  </svg>
);
