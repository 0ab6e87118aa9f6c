// next.config.mjs
export default {
  output: 'standalone',
  serverExternalPackages: ['@secondpass/core', '@secondpass/runtime-onnx', '@secondpass/models'],
  outputFileTracingIncludes: {
    '/rerank': [
      './node_modules/onnxruntime-node/bin/napi-v6/linux/x64/*',
      './node_modules/onnxruntime-node/{package.json,dist/**}',
      './node_modules/onnxruntime-common/{package.json,dist/cjs/**}',
      './node_modules/@secondpass/runtime-onnx/dist/inference/*.js',
    ],
  },
};
