export { createMcpServer, type McpServerOptions } from './create-mcp-server.ts';
export { type HttpOptions, serveHttp } from './serve-http.ts';
