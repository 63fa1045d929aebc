// The root layout of https://nextjs.org/docs/app/getting-started/installation#create-the-app-directory. Unchanged.
export default function RootLayout({ children }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  )
}
