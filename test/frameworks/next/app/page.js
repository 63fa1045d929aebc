// The home page of https://nextjs.org/docs/app/getting-started/installation#create-the-app-directory. Unchanged.
export default function Page() {
  return <h1>Hello, Next.js!</h1>
}
